import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronDown, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { controlStyle } from "./input";
import { popupStyle } from "./popover";
import type { Option } from "./select";

function OptionList() {
  const { t } = useTranslation();
  return (
    <Base.Portal>
      <Base.Positioner sideOffset={4} collisionPadding={8} className="z-50">
        <Base.Popup className={cn(popupStyle, "w-(--anchor-width) min-w-56 p-1")}>
          <Base.Empty>
            <div className="px-2 py-3 text-sm text-ink-3">{t("form.noMatches")}</div>
          </Base.Empty>
          <Base.List className="max-h-[min(20rem,var(--available-height))] overflow-y-auto overscroll-contain">
            {(option: Option) => (
              <Base.Item
                key={option.value}
                value={option}
                className="grid cursor-default grid-cols-[1rem_1fr] items-start gap-2 rounded px-2 py-1.5 outline-none select-none data-highlighted:bg-hover"
              >
                <Base.ItemIndicator className="col-start-1 pt-0.5">
                  <Check aria-hidden className="size-4 text-accent-text" />
                </Base.ItemIndicator>
                <span className="col-start-2 flex flex-col">
                  <span>{option.label}</span>
                  {option.hint && <span className="text-xs text-ink-3">{option.hint}</span>}
                </span>
              </Base.Item>
            )}
          </Base.List>
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

export interface ComboboxProps {
  value: string | null;
  onChange: (value: string | null) => void;
  options: readonly Option[];
  placeholder?: string;
  label?: string;
  className?: string;
  disabled?: boolean;
  /** Offers a way back to no choice. */
  clearable?: boolean;
}

/** One of many, found by typing. */
export function Combobox({
  value,
  onChange,
  options,
  placeholder,
  label,
  className,
  disabled,
  clearable,
}: ComboboxProps) {
  const { t } = useTranslation();
  const selected = options.find((option) => option.value === value) ?? null;
  return (
    <Base.Root
      items={options}
      value={selected}
      onValueChange={(option) => onChange(option?.value ?? null)}
      isItemEqualToValue={(left, right) => left.value === right.value}
      disabled={disabled}
    >
      <Base.InputGroup className={cn("relative block w-full", className)}>
        <Base.Input
          aria-label={label}
          placeholder={placeholder}
          className={cn(controlStyle, clearable ? "pr-14" : "pr-8")}
        />
        {clearable && (
          <Base.Clear
            aria-label={t("form.clearChoice")}
            className="absolute inset-y-0 right-7 grid w-6 place-items-center text-ink-3 hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </Base.Clear>
        )}
        <Base.Trigger
          aria-label={t("form.openList")}
          className="absolute inset-y-0 right-0 grid w-8 place-items-center text-ink-3"
        >
          <ChevronDown aria-hidden className="size-4" />
        </Base.Trigger>
      </Base.InputGroup>
      <OptionList />
    </Base.Root>
  );
}

export interface MultiComboboxProps {
  value: readonly string[];
  onChange: (value: string[]) => void;
  options: readonly Option[];
  placeholder?: string;
  label?: string;
  leading?: ReactNode;
}

/** Several of many, shown as chips. */
export function MultiCombobox({ value, onChange, options, placeholder, label }: MultiComboboxProps) {
  const { t } = useTranslation();
  const selected = value.map((item) => options.find((option) => option.value === item) ?? { value: item, label: item });
  return (
    <Base.Root
      items={options}
      multiple
      value={selected}
      onValueChange={(next) => onChange(next.map((option) => option.value))}
      isItemEqualToValue={(left, right) => left.value === right.value}
    >
      <Base.InputGroup
        className={cn(
          controlStyle,
          "flex h-auto min-h-8 flex-wrap items-center gap-1 px-1 py-1 focus-within:border-accent focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent",
        )}
      >
        <Base.Chips className="contents">
          {selected.map((option) => (
            <Base.Chip
              key={option.value}
              className="flex h-6 items-center gap-0.5 rounded bg-sunken pl-2 text-sm outline-none data-highlighted:bg-accent-soft"
            >
              {option.label}
              <Base.ChipRemove
                aria-label={t("form.removeItem", { item: option.label })}
                className="grid size-6 place-items-center text-ink-3 hover:text-ink"
              >
                <X aria-hidden className="size-3.5" />
              </Base.ChipRemove>
            </Base.Chip>
          ))}
          <Base.Input
            aria-label={label}
            placeholder={selected.length === 0 ? placeholder : undefined}
            className="h-6 min-w-24 flex-1 bg-transparent px-1.5 text-base outline-none placeholder:text-ink-3"
          />
        </Base.Chips>
      </Base.InputGroup>
      <OptionList />
    </Base.Root>
  );
}

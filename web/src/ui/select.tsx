import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { cn } from "@/lib/cn";
import { controlStyle } from "./input";
import { popupStyle } from "./popover";

export interface Option<Value extends string = string> {
  value: Value;
  label: string;
  /** A second line that says what choosing it means. */
  hint?: string;
}

export interface SelectProps<Value extends string> {
  value: Value | null;
  onChange: (value: Value) => void;
  options: readonly Option<Value>[];
  placeholder?: string;
  /** Needed outside a `Field`. */
  label?: string;
  disabled?: boolean;
  className?: string;
  size?: "sm" | "md";
}

/** One of a few. For more than about fifteen choices use `Combobox`. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  placeholder,
  label,
  disabled,
  className,
  size = "md",
}: SelectProps<Value>) {
  return (
    <Base.Root
      items={options}
      value={value}
      onValueChange={(next) => next !== null && onChange(next as Value)}
      disabled={disabled}
    >
      <Base.Trigger
        aria-label={label}
        className={cn(
          controlStyle,
          "flex items-center justify-between gap-2 text-left data-popup-open:border-accent",
          size === "sm" && "h-7 px-2 text-sm",
          className,
        )}
      >
        <Base.Value className="truncate data-placeholder:text-ink-3" placeholder={placeholder} />
        <Base.Icon>
          <ChevronDown aria-hidden className="size-4 text-ink-3" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} collisionPadding={8} className="z-50">
          <Base.Popup className={cn(popupStyle, "min-w-(--anchor-width) p-1")}>
            <Base.List className="max-h-[min(22rem,var(--available-height))] overflow-y-auto overscroll-contain">
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  className="grid cursor-default grid-cols-[1rem_1fr] items-start gap-2 rounded px-2 py-1.5 outline-none select-none data-highlighted:bg-hover"
                >
                  <Base.ItemIndicator className="col-start-1 pt-0.5">
                    <Check aria-hidden className="size-4 text-accent-text" />
                  </Base.ItemIndicator>
                  <span className="col-start-2 flex flex-col">
                    <Base.ItemText>{option.label}</Base.ItemText>
                    {option.hint && <span className="max-w-72 text-xs text-ink-3">{option.hint}</span>}
                  </span>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

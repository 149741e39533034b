import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check, Minus } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

export interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Part of the group is chosen. */
  indeterminate?: boolean;
  disabled?: boolean;
  /** Visible text; without it give `ariaLabel`. */
  label?: ReactNode;
  hint?: ReactNode;
  ariaLabel?: string;
  className?: string;
}

export function Checkbox({
  checked,
  onChange,
  indeterminate,
  disabled,
  label,
  hint,
  ariaLabel,
  className,
}: CheckboxProps) {
  const id = useId();
  const box = (
    <BaseCheckbox.Root
      id={id}
      checked={checked}
      indeterminate={indeterminate}
      disabled={disabled}
      onCheckedChange={onChange}
      aria-label={label ? undefined : ariaLabel}
      aria-labelledby={label ? `${id}-label` : undefined}
      className="grid size-4 shrink-0 place-items-center rounded border border-control bg-surface data-checked:border-accent-solid data-checked:bg-accent-solid data-disabled:opacity-50 data-indeterminate:border-accent-solid data-indeterminate:bg-accent-solid"
    >
      <BaseCheckbox.Indicator className="text-white data-unchecked:hidden">
        {indeterminate ? (
          <Minus aria-hidden className="size-3.5" strokeWidth={3} />
        ) : (
          <Check aria-hidden className="size-3.5" strokeWidth={3} />
        )}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
  if (!label) return <span className={cn("inline-grid", className)}>{box}</span>;
  return (
    <span className={cn("flex items-start gap-2", className)}>
      <span className="pt-0.5">{box}</span>
      <label htmlFor={id} className="flex min-w-0 cursor-pointer flex-col select-none">
        <span id={`${id}-label`}>{label}</span>
        {hint && <span className="text-xs text-ink-3">{hint}</span>}
      </label>
    </span>
  );
}

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  hideLabel?: boolean;
  disabled?: boolean;
}

/** On or off, at once. In a form with a save button use `Checkbox`. */
export function Switch({ checked, onChange, label, hideLabel, disabled }: SwitchProps) {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-2">
      <BaseSwitch.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        className="flex h-5 w-9 shrink-0 items-center rounded-full border border-control bg-control/40 p-px transition-colors data-checked:border-accent-solid data-checked:bg-accent-solid data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-white shadow-1 transition-transform data-checked:translate-x-4" />
      </BaseSwitch.Root>
      <label id={`${id}-label`} htmlFor={id} className={cn("cursor-pointer select-none", hideLabel && "sr-only")}>
        {label}
      </label>
    </span>
  );
}

import { Field as Base } from "@base-ui/react/field";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";

export interface FieldProps {
  label: string;
  /** What to enter and why, in one line under the control. */
  hint?: ReactNode;
  /** The one message about what is wrong; replaces nothing else. */
  error?: string | null;
  optional?: boolean;
  className?: string;
  hideLabel?: boolean;
  /** A Base UI control, such as `Input` or `Select`, which takes its name and description from here. */
  children: ReactNode;
}

/** Label, control, hint and error, tied together for screen readers. */
export function Field({ label, hint, error, optional, className, hideLabel, children }: FieldProps) {
  const { t } = useTranslation();
  return (
    <Base.Root invalid={Boolean(error)} className={cn("flex min-w-0 flex-col gap-1.5", className)}>
      <Base.Label className={cn("flex items-baseline gap-1.5 text-sm font-medium text-ink", hideLabel && "sr-only")}>
        {label}
        {optional && <span className="font-normal text-ink-3">{t("form.optional")}</span>}
      </Base.Label>
      {children}
      {hint && !error && <Base.Description className="text-xs text-ink-3">{hint}</Base.Description>}
      {error && (
        <Base.Error match className="flex items-start gap-1 text-xs text-danger-text">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          <span>{error}</span>
        </Base.Error>
      )}
    </Base.Root>
  );
}

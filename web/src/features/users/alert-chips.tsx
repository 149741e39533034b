import type { Alert } from "@/api/types";
import { AlertIcon } from "@/features/alerts/alert-mark";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { useFormat } from "@/ui/format";
import { Tooltip } from "@/ui/tooltip";

export interface AlertChipsProps {
  alerts: readonly Alert[];
  /** The alert the list is filtered by. */
  chosen: string | undefined;
  onChange: (alert: string | undefined) => void;
}

/** How many users are in each alert; a click shows only them. */
export function AlertChips({ alerts, chosen, onChange }: AlertChipsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (alerts.length === 0) return null;
  return (
    <fieldset className="mb-3 flex flex-wrap gap-2">
      <legend className="sr-only">{t("alerts.filterLegend")}</legend>
      {alerts.map((alert) => (
        <Tooltip key={alert.key} content={format.label(alert.explanation)} side="bottom">
          <button
            type="button"
            aria-pressed={chosen === alert.key}
            onClick={() => onChange(chosen === alert.key ? undefined : alert.key)}
            className={cn(
              "inline-flex h-8 items-center gap-2 rounded-md border bg-surface px-2.5 text-sm shadow-1 hover:bg-hover",
              chosen === alert.key ? "border-accent bg-accent-soft text-accent-text" : "border-line-strong",
            )}
          >
            <AlertIcon severity={alert.severity} />
            {format.label(alert.label)}
            {alert.count !== undefined && <span className="nums font-semibold">{format.number(alert.count)}</span>}
          </button>
        </Tooltip>
      ))}
    </fieldset>
  );
}

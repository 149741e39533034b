import { OctagonAlert, TriangleAlert } from "lucide-react";
import type { Alert } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { useFormat, useNow } from "@/ui/format";
import { Tooltip } from "@/ui/tooltip";

type Severity = Alert["severity"];

const shapes = { red: OctagonAlert, yellow: TriangleAlert } as const;
const colours: Record<Severity, string> = { red: "text-danger", yellow: "text-warn" };
const softColours: Record<Severity, string> = {
  red: "bg-danger-soft text-danger-text",
  yellow: "bg-warn-soft text-warn-text",
};

/** The sign of an alert: its colour and, for those who cannot tell colours, its shape. */
export function AlertIcon({ severity, className }: { severity: Severity; className?: string }) {
  const Shape = shapes[severity];
  return <Shape aria-hidden className={cn("size-4 shrink-0", colours[severity], className)} />;
}

/** The sign of an alert in a table row, with its name and since when it holds for screen readers and on hover. */
export function AlertMark({ alert, since }: { alert: Alert; since: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const name = `${t(`alerts.severity.${alert.severity}`)}: ${format.label(alert.label)}`;
  const when = t("alerts.since", { time: format.date(since) });
  return (
    <Tooltip content={`${format.label(alert.label)}\n${when} (${format.relative(since, now)})`}>
      <span role="img" aria-label={`${name}, ${when}`} data-alert={alert.key} className="inline-grid shrink-0">
        <AlertIcon severity={alert.severity} />
      </span>
    </Tooltip>
  );
}

/** An alert by name with since when it holds: where there is room for words. */
export function AlertBadge({ alert, since }: { alert: Alert; since: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const when = t("alerts.since", { time: format.date(since) });
  return (
    <Tooltip content={`${format.label(alert.explanation)}\n${format.exact(since)}, ${format.relative(since, now)}`}>
      <span
        className={cn(
          "inline-flex min-h-6 items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm",
          softColours[alert.severity],
        )}
      >
        <AlertIcon severity={alert.severity} className="text-current" />
        <span>
          <span className="font-medium">{format.label(alert.label)}</span> · {when}
        </span>
      </span>
    </Tooltip>
  );
}

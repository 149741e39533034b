import type { Tone } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { useFormat } from "@/ui/format";
import { Tooltip } from "@/ui/tooltip";
import type { Delivery } from "./queries";

const tones: Record<string, Tone> = {
  queued: "info",
  claimed: "info",
  sending: "info",
  sent: "ok",
  failed: "danger",
  uncertain: "warn",
};

/** Where an entry was sent and what became of it. */
export function DeliveryMarks({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (
    <span className="flex gap-1.5 max-md:flex-wrap">
      {deliveries.map((delivery) => {
        const key = `alerts.delivery.${delivery.status}`;
        const outcome = i18n.exists(key) ? String(i18n.t(key as never)) : delivery.status;
        const detail = [delivery.at && format.exact(delivery.at), delivery.error].filter(Boolean).join("\n");
        return (
          <Tooltip key={delivery.channel} content={detail || outcome}>
            <span>
              <Badge tone={tones[delivery.status] ?? "muted"} icon>
                {t(`alerts.channel.${delivery.channel}`)}: {outcome}
              </Badge>
            </span>
          </Tooltip>
        );
      })}
    </span>
  );
}

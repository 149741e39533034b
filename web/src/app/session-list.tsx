import { Laptop, Smartphone } from "lucide-react";
import type { StaffSession } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Time } from "@/ui/format";

export interface SessionListProps {
  sessions: readonly StaffSession[];
  /** Ends one session; without it the list is only looked at. */
  onEnd?: (session: StaffSession) => void;
}

/** Where somebody is logged in. */
export function SessionList({ sessions, onEnd }: SessionListProps) {
  const { t } = useTranslation();
  if (sessions.length === 0) return <p className="text-ink-3">{t("sessions.none")}</p>;
  return (
    <ul className="divide-y divide-line rounded-lg border border-line">
      {sessions.map((session) => {
        const Icon = /iphone|android|mobile/i.test(session.user_agent ?? "") ? Smartphone : Laptop;
        return (
          <li key={session.id} className="flex items-center gap-3 px-3 py-2.5">
            <Icon aria-hidden className="size-5 shrink-0 text-ink-3" />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-2">
                <span className="truncate font-medium" title={session.user_agent ?? undefined}>
                  {session.device ?? t("sessions.unknownDevice")}
                </span>
                {session.current && <Badge tone="ok">{t("sessions.current")}</Badge>}
              </p>
              <p className="text-sm text-ink-3">
                {session.ip} · {t("sessions.seen")} <Time value={session.last_seen_at} /> · {t("sessions.since")}{" "}
                <Time value={session.created_at} as="date" />
              </p>
            </div>
            {onEnd && !session.current && (
              <Button size="sm" onClick={() => onEnd(session)}>
                {t("sessions.end")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, Radio } from "lucide-react";
import type { Alert } from "@/api/types";
import { useCan, useWorkspace } from "@/app/session";
import { AlertIcon } from "@/features/alerts/alert-mark";
import { type AlertSummary, alertsQuery } from "@/features/alerts/queries";
import { userCountQuery } from "@/features/users/queries";
import { useEventName } from "@/features/users/use-event-name";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { buttonStyle } from "@/ui/button";
import { Time, useFormat } from "@/ui/format";
import { Card, Page, Section } from "@/ui/page";
import { Skeleton, SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { arrivalsQuery, overviewQuery } from "./queries";
import { AttachSnippets } from "./snippets";
import { TileCard } from "./tile";

/** The home of a workspace: how it stands, who is in danger, what arrived. */
export function OverviewPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const workspace = useWorkspace();
  const can = useCan();
  const loaded = useQuery(overviewQuery(workspace.slug));
  const everybody = useQuery(userCountQuery(workspace.slug, {}));
  const fresh = everybody.data?.count === 0;
  return (
    <Page
      title={t("overview.title")}
      documentTitle={`${t("overview.title")} · ${format.label(workspace.name)}`}
      aside={
        loaded.data && (
          <span className="text-sm text-ink-3">
            {t("overview.asOf")} <Time value={loaded.data.as_of} />
          </span>
        )
      }
    >
      {fresh ? (
        <Attach workspace={workspace.slug} />
      ) : (
        <>
          <div className="mb-8 grid grid-cols-2 gap-4 lg:grid-cols-3 xl:grid-cols-6">
            {loaded.isPending && ["a", "b", "c", "d", "e", "f"].map((key) => <TileSkeleton key={key} />)}
            {/* Alerts have their own list below. */}
            {loaded.data?.tiles
              .filter((tile) => !tile.alert)
              .map((tile) => (
                <TileCard key={tile.key} workspace={workspace.slug} tile={tile} />
              ))}
          </div>
          {loaded.isError && !loaded.data && (
            <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} />
          )}
        </>
      )}
      <div className="grid gap-x-6 lg:grid-cols-2">
        {!fresh && <AlertsNow workspace={workspace.slug} alerts={workspace.alerts} />}
        {can("events.read") && <Arrivals workspace={workspace.slug} />}
      </div>
    </Page>
  );
}

function TileSkeleton() {
  return (
    <Card className="flex min-h-24 flex-col gap-3">
      <Skeleton className="w-24" />
      <Skeleton className="h-7 w-20" />
    </Card>
  );
}

/** Nobody here yet: how to attach the product. */
function Attach({ workspace }: { workspace: string }) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <Section title={t("overview.attach.title")} description={t("overview.attach.text")}>
      <ol className="flex list-decimal flex-col gap-4 pl-5 marker:text-ink-3">
        <li>
          <p>{t("overview.attach.key")}</p>
          {can("keys.manage") ? (
            <Link to="/$workspace/settings/keys" params={{ workspace }} className={buttonStyle({ className: "mt-2" })}>
              {t("overview.attach.createKey")}
            </Link>
          ) : (
            <p className="text-sm text-ink-3">{t("overview.attach.keyForbidden")}</p>
          )}
        </li>
        <li>
          <p className="mb-2">{t("overview.attach.send")}</p>
          <AttachSnippets workspace={workspace} />
        </li>
        <li>{t("overview.attach.look")}</li>
      </ol>
    </Section>
  );
}

function AlertsNow({ workspace, alerts }: { workspace: string; alerts: readonly Alert[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const can = useCan();
  const loaded = useQuery({ ...alertsQuery(workspace), enabled: can("alerts.read") });
  const list: readonly (Alert & Partial<AlertSummary>)[] = loaded.data ?? alerts;
  if (list.length === 0) return null;
  return (
    <Section
      title={t("overview.alerts")}
      actions={
        <Link to="/$workspace/alerts" params={{ workspace }} className={buttonStyle({ variant: "ghost", size: "sm" })}>
          {t("overview.allAlerts")}
          <ArrowRight aria-hidden />
        </Link>
      }
    >
      <ul className="divide-y divide-line">
        {list.map((alert) => (
          <li key={alert.key} className="relative flex items-center gap-3 py-2.5 first:pt-0 last:pb-0">
            <AlertIcon severity={alert.severity} className="size-5" />
            <div className="min-w-0 flex-1">
              <Link
                to="/$workspace/users"
                params={{ workspace }}
                search={{ alert: alert.key }}
                className="font-medium after:absolute after:inset-0 hover:text-accent-text"
              >
                {format.label(alert.label)}
              </Link>
              {alert.entered_7d !== undefined && (
                <p className="text-sm text-ink-3">
                  {t("overview.alertMoves", {
                    entered: format.number(alert.entered_7d),
                    left: format.number(alert.left_7d ?? 0),
                  })}
                </p>
              )}
            </div>
            {alert.count !== undefined && (
              <span className="nums text-xl font-semibold">{format.number(alert.count)}</span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

const outcomeTones = { accepted: "ok", duplicate: "muted", refused: "danger" } as const;

function Arrivals({ workspace }: { workspace: string }) {
  const { t } = useTranslation();
  const eventName = useEventName();
  const loaded = useQuery(arrivalsQuery(workspace));
  return (
    <Section title={t("overview.arrivals")} description={t("overview.arrivalsText")}>
      {loaded.isPending && <SkeletonLines lines={6} />}
      {loaded.isError && !loaded.data && <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} />}
      {loaded.data?.length === 0 && <p className="text-ink-3">{t("overview.nothingArrived")}</p>}
      <ul className="divide-y divide-line">
        {loaded.data?.map((item) => (
          <li key={item.id} className="flex items-center gap-3 py-1.5 first:pt-0 last:pb-0">
            <Radio aria-hidden className="size-4 shrink-0 text-ink-3" />
            <span className="min-w-0 flex-1 truncate">
              {item.name ? eventName(item.name) : item.door}{" "}
              <span className="text-ink-3">{item.subject?.replace(/^[ua]:/, "")}</span>
            </span>
            {item.outcome !== "accepted" && (
              <Badge tone={outcomeTones[item.outcome]} icon>
                {t(`overview.outcome.${item.outcome}`)}
              </Badge>
            )}
            <span className="text-sm text-ink-3">
              <Time value={item.at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, BellRing, Mail, Send } from "lucide-react";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { buttonStyle } from "@/ui/button";
import { useFormat } from "@/ui/format";
import { Card, Page } from "@/ui/page";
import { Skeleton, SkeletonLines } from "@/ui/skeleton";
import { EmptyState, ErrorState } from "@/ui/states";
import { AlertIcon } from "./alert-mark";
import { leadsSomewhere } from "./channels";
import { type AlertChannel, type AlertSummary, alertsQuery } from "./queries";
import { RuleInWords } from "./rule-in-words";

/** Who is in danger: each alert with how many are in it and how that moves. */
export function AlertsPage() {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const loaded = useQuery(alertsQuery(slug));
  return (
    <Page title={t("alerts.title")} description={t("alerts.description")}>
      {loaded.isPending && <AlertsSkeleton />}
      {loaded.isError && !loaded.data && (
        <ErrorState className="py-24" problem={loaded.error} onRetry={() => void loaded.refetch()} />
      )}
      {loaded.data?.length === 0 && (
        <EmptyState icon={<BellRing aria-hidden />} title={t("alerts.empty")} text={t("alerts.emptyText")} />
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        {loaded.data?.map((alert) => (
          <AlertCard key={alert.key} workspace={slug} alert={alert} />
        ))}
      </div>
    </Page>
  );
}

function AlertCard({ workspace, alert }: { workspace: string; alert: AlertSummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = format.label(alert.label);
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex items-start gap-3">
        <AlertIcon severity={alert.severity} className="mt-0.5 size-5" />
        <div className="min-w-0 flex-1">
          <h2 className="text-lg font-semibold">
            <Link
              to="/$workspace/alerts/$alert"
              params={{ workspace, alert: alert.key }}
              className="hover:text-accent-text hover:underline"
            >
              {name}
            </Link>
          </h2>
          <p className="text-ink-2">{format.label(alert.explanation)}</p>
        </div>
        <ChannelMarks channels={alert.channels} />
      </div>
      <AlertNumbers workspace={workspace} alert={alert} />
      <div className="text-sm text-ink-2">
        <p className="mb-1 text-xs font-medium text-ink-3">{t("alerts.rule")}</p>
        <RuleInWords rule={alert.rule} />
      </div>
      <div className="mt-auto flex flex-wrap gap-2">
        <Link to="/$workspace/users" params={{ workspace }} search={{ alert: alert.key }} className={buttonStyle()}>
          {t("alerts.showUsers")}
        </Link>
        <Link
          to="/$workspace/alerts/$alert"
          params={{ workspace, alert: alert.key }}
          className={buttonStyle({ variant: "ghost" })}
          aria-label={`${name}: ${t("alerts.history")}`}
        >
          {t("alerts.history")}
          <ArrowRight aria-hidden />
        </Link>
      </div>
    </Card>
  );
}

/** In it now, came in and left in the last seven days; each number leads to its people. */
export function AlertNumbers({ workspace, alert }: { workspace: string; alert: AlertSummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  const numbers = [
    {
      key: "now",
      label: t("alerts.inNow"),
      value: format.number(alert.count),
      state: "active" as const,
    },
    {
      key: "entered",
      label: t("alerts.entered7d"),
      value: `+${format.number(alert.entered_7d)}`,
      state: "active" as const,
    },
    { key: "left", label: t("alerts.left7d"), value: `−${format.number(alert.left_7d)}`, state: "left" as const },
  ];
  return (
    <dl className="grid grid-cols-3 gap-px overflow-hidden rounded-md border border-line bg-line">
      {numbers.map((number) => (
        <div
          key={number.key}
          className="relative flex flex-col-reverse justify-end bg-surface px-3 py-2 hover:bg-hover"
        >
          <dt className="text-xs text-ink-3">{number.label}</dt>
          <dd className="nums text-xl font-semibold">
            <Link
              to="/$workspace/alerts/$alert"
              params={{ workspace, alert: alert.key }}
              search={number.state === "left" ? { state: "left" } : {}}
              className="after:absolute after:inset-0"
            >
              {number.value}
            </Link>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const channelIcons = { telegram: Send, email: Mail } as const;

function ChannelMarks({ channels }: { channels: readonly AlertChannel[] }) {
  const { t } = useTranslation();
  const on = channels.filter(leadsSomewhere);
  if (on.length === 0) return <span className="text-xs text-ink-3">{t("alerts.notSent")}</span>;
  return (
    <ul className="flex gap-1.5" aria-label={t("alerts.sentTo")}>
      {on.map((channel) => {
        const Icon = channelIcons[channel.channel];
        return (
          <li key={channel.channel} className="text-ink-3">
            <Icon aria-hidden className="size-4" />
            <span className="sr-only">{t(`alerts.channel.${channel.channel}`)}</span>
          </li>
        );
      })}
    </ul>
  );
}

function AlertsSkeleton() {
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      {["a", "b"].map((key) => (
        <Card key={key}>
          <Skeleton className="mb-3 h-5 w-48" />
          <SkeletonLines lines={5} />
        </Card>
      ))}
    </div>
  );
}

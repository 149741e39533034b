import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, ShieldCheck } from "lucide-react";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { buttonStyle } from "@/ui/button";
import { Time, useFormat } from "@/ui/format";
import { Page, Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { EmptyState, ErrorState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { Tabs } from "@/ui/tabs";
import { AlertIcon } from "./alert-mark";
import { AlertNumbers } from "./alerts-page";
import { AlertChannels } from "./channels";
import { DeliveryMarks } from "./deliveries";
import { type AlertEntry, type AlertSummary, alertEntriesQuery, alertsQuery, type EntryState } from "./queries";
import { RuleInWords } from "./rule-in-words";

const route = getRouteApi("/_app/$workspace/alerts/$alert");

/** One alert: what it means, who is in it, who left it again, where it is sent. */
export function AlertPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { slug } = useWorkspace();
  const { alert: key } = route.useParams();
  const { state = "active" } = route.useSearch();
  const navigate = route.useNavigate();
  const loaded = useQuery(alertsQuery(slug));
  const alert = loaded.data?.find((item) => item.key === key);
  const back = (
    <Link to="/$workspace/alerts" params={{ workspace: slug }} className={buttonStyle({ variant: "ghost" })}>
      <ArrowLeft aria-hidden />
      {t("alerts.title")}
    </Link>
  );
  if (!alert) {
    return (
      <Page title={loaded.data ? t("alerts.unknown") : t("alerts.title")} actions={back}>
        {loaded.isPending && <SkeletonLines lines={6} />}
        {loaded.isError && <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} />}
        {loaded.data && <EmptyState title={t("alerts.unknown")} text={t("alerts.unknownText")} />}
      </Page>
    );
  }
  return (
    <Page
      title={format.label(alert.label)}
      documentTitle={`${format.label(alert.label)} · ${t("alerts.title")}`}
      aside={
        <span className="inline-flex items-center gap-1.5 text-sm text-ink-2">
          <AlertIcon severity={alert.severity} />
          {t(`alerts.severity.${alert.severity}`)}
        </span>
      }
      description={format.label(alert.explanation)}
      actions={
        <>
          {back}
          <Link
            to="/$workspace/users"
            params={{ workspace: slug }}
            search={{ alert: alert.key }}
            className={buttonStyle()}
          >
            {t("alerts.showUsers")}
          </Link>
        </>
      }
    >
      <div className="mb-6 grid items-start gap-6 lg:grid-cols-2">
        <div className="flex flex-col gap-6">
          <AlertNumbers workspace={slug} alert={alert} />
          <Section title={t("alerts.rule")} className="mb-0">
            <RuleInWords rule={alert.rule} />
          </Section>
        </div>
        <AlertChannels workspace={slug} alert={alert} />
      </div>
      <Tabs<EntryState>
        label={t("alerts.history")}
        value={state}
        onChange={(next) => void navigate({ search: next === "left" ? { state: next } : {}, replace: true })}
        items={[
          {
            value: "active",
            label: t("alerts.tab.active"),
            count: format.number(alert.count),
            content: <Entries alert={alert} state="active" />,
          },
          { value: "left", label: t("alerts.tab.left"), content: <Entries alert={alert} state="left" /> },
        ]}
      />
    </Page>
  );
}

function Entries({ alert, state }: { alert: AlertSummary; state: EntryState }) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(alertEntriesQuery(slug, alert.key, state));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <DataTable
      label={t(`alerts.tab.${state}`)}
      columns={useEntryColumns(state)}
      rows={rows}
      rowId={(entry) => `${entry.user.id} ${entry.entered_at}`}
      rowName={(entry) => entry.user.name ?? entry.user.id}
      onOpen={(entry) =>
        void navigate({
          to: "/$workspace/users/$user",
          params: { workspace: slug, user: entry.user.id },
          search: { tab: "alerts" },
        })
      }
      loading={list.isPending}
      problem={list.error}
      onRetry={() => void list.refetch()}
      empty={
        <EmptyState
          icon={<ShieldCheck aria-hidden />}
          title={t(`alerts.none.${state}`)}
          text={t(`alerts.noneText.${state}`)}
        />
      }
      hasMore={list.hasNextPage}
      loadingMore={list.isFetchingNextPage}
      onLoadMore={() => void list.fetchNextPage()}
      moreProblem={list.isFetchNextPageError ? list.error : null}
    />
  );
}

function useEntryColumns(state: EntryState): DataColumn<AlertEntry>[] {
  const { t } = useTranslation();
  const columns: DataColumn<AlertEntry>[] = [
    {
      id: "user",
      header: t("alerts.user"),
      width: 220,
      card: "title",
      cell: (entry) => (
        <span>
          <span className="font-medium">{entry.user.name ?? entry.user.id}</span>
          {entry.user.name && <span className="ml-2 font-mono text-xs text-ink-3">{entry.user.id}</span>}
        </span>
      ),
    },
    {
      id: "entered_at",
      header: t("alerts.entered"),
      width: 180,
      cell: (entry) => <Time value={entry.entered_at} as={state === "active" ? "relative" : "datetime"} />,
    },
  ];
  if (state === "left") {
    columns.push(
      {
        id: "left_at",
        header: t("alerts.left"),
        width: 180,
        cell: (entry) => <Time value={entry.left_at} as="datetime" />,
      },
      { id: "duration", header: t("alerts.duration"), width: 140, cell: (entry) => <Duration entry={entry} /> },
    );
  }
  columns.push({
    id: "deliveries",
    header: t("alerts.sent"),
    width: 330,
    cell: (entry) =>
      entry.deliveries.length > 0 ? (
        <DeliveryMarks deliveries={entry.deliveries} />
      ) : (
        <Badge>{t("alerts.delivery.none")}</Badge>
      ),
  });
  return columns;
}

/** How long somebody was in the alert. */
function Duration({ entry }: { entry: AlertEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const hours =
    (new Date(entry.left_at ?? entry.entered_at).getTime() - new Date(entry.entered_at).getTime()) / 3_600_000;
  const unit = hours >= 48 ? "d" : "h";
  const count = Math.max(1, Math.round(unit === "d" ? hours / 24 : hours));
  return (
    <span className="nums">
      {format.number(count)} {t(`rule.span.${unit}`, { count })}
    </span>
  );
}

import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Pause, Play, Radio, RotateCw } from "lucide-react";
import { useMemo } from "react";
import { path } from "@/api/client";
import { useList } from "@/api/lists";
import type { DebugItem, DebugOutcome } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { useTypedText } from "@/lib/hooks";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { FilterBar } from "@/ui/filter-bar";
import { useFormat } from "@/ui/format";
import { Page } from "@/ui/page";
import { Select } from "@/ui/select";
import { EmptyState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { ItemDrawer } from "./item-drawer";
import { fits, joined, type LiveState, useLive } from "./live";
import { type DebuggerSearch, outcomes, outcomeTone } from "./search";

export function DebuggerPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const search = useSearch({ from: "/_app/$workspace/debugger" });
  const navigate = useNavigate({ from: "/$workspace/debugger" });
  const [text, setText] = useTypedText(search.q ?? "", (q) => set({ q: q || undefined }));
  const base = path(workspace, "debugger");
  const query = { outcome: search.outcome, q: search.q };
  const list = useList<DebugItem>([workspace, "debugger"], base, query);
  const live = useLive(`${base}/stream`, search.paused === true);
  const rows = useMemo(
    () =>
      joined(
        live.items.filter((item) => fits(item, search.outcome, search.q)),
        list.rows,
      ),
    [live.items, list.rows, search.outcome, search.q],
  );
  const open = rows.find((row) => row.id === search.item) ?? null;
  const filtered = search.q !== undefined || search.outcome !== undefined;

  function set(change: Partial<DebuggerSearch>): void {
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  }

  const columns = useColumns();
  return (
    <Page
      title={t("nav.debugger")}
      layout="fill"
      description={t("debugger.description")}
      aside={<LiveBadge state={live.state} paused={search.paused === true} />}
      actions={
        <Button onClick={() => set({ paused: search.paused ? undefined : true })} aria-pressed={search.paused === true}>
          {search.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          {search.paused
            ? live.waiting > 0
              ? t("debugger.resumeWith", { count: live.waiting })
              : t("debugger.resume")
            : t("debugger.pause")}
        </Button>
      }
    >
      <FilterBar
        search={{ value: text, onChange: setText, label: t("debugger.search") }}
        onClear={filtered ? () => set({ q: undefined, outcome: undefined }) : undefined}
      >
        <Select<DebugOutcome | "all">
          label={t("debugger.outcome")}
          className="w-auto min-w-40"
          value={search.outcome ?? "all"}
          options={[
            { value: "all", label: t("debugger.allOutcomes") },
            ...outcomes.map((value) => ({ value, label: t(`debugger.outcomes.${value}`) })),
          ]}
          onChange={(value) => set({ outcome: value === "all" ? undefined : value })}
        />
      </FilterBar>
      <DataTable
        label={t("nav.debugger")}
        height="fill"
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name || row.id}
        {...list.table}
        rows={rows}
        loading={list.table.loading && rows.length === 0}
        activeId={search.item}
        onOpen={(row) => set({ item: row.id })}
        empty={
          filtered ? (
            <EmptyState
              title={t("debugger.noneFound")}
              text={t("debugger.noneFoundText")}
              action={<Button onClick={() => set({ q: undefined, outcome: undefined })}>{t("filter.clear")}</Button>}
            />
          ) : (
            <EmptyState icon={<Radio aria-hidden />} title={t("debugger.empty")} text={t("debugger.emptyText")} />
          )
        }
      />
      <ItemDrawer item={open} onClose={() => set({ item: undefined })} />
    </Page>
  );
}

function useColumns(): DataColumn<DebugItem>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "at",
        header: t("debugger.at"),
        width: 90,
        cell: (row) => (
          <time dateTime={row.at} title={format.exact(row.at)} className="nums text-ink-2">
            {format.clock(row.at, "seconds")}
          </time>
        ),
      },
      {
        id: "outcome",
        header: t("debugger.outcome"),
        width: 125,
        cell: (row) => (
          <Badge tone={outcomeTone[row.outcome]} icon>
            {t(`debugger.outcomes.${row.outcome}`)}
          </Badge>
        ),
      },
      {
        id: "name",
        header: t("debugger.name"),
        width: 190,
        card: "title",
        cell: (row) => <span className="font-mono text-sm">{row.name || "—"}</span>,
      },
      { id: "subject", header: t("debugger.subject"), width: 140, cell: (row) => row.subject },
      {
        id: "reason",
        header: t("debugger.reason"),
        width: 290,
        cell: (row) => (
          <span title={row.reason ?? undefined} className={cn(row.outcome === "refused" && "text-danger-text")}>
            {row.reason}
          </span>
        ),
      },
      { id: "door", header: t("debugger.door"), width: 90, cell: (row) => row.door },
      {
        id: "client",
        header: t("debugger.client"),
        width: 200,
        cell: (row) => <span className="text-ink-2">{row.client}</span>,
      },
      { id: "key", header: t("debugger.key"), width: 100, cell: (row) => row.key_name },
    ],
    [t, format],
  );
}

function LiveBadge({ state, paused }: { state: LiveState; paused: boolean }) {
  const { t } = useTranslation();
  if (paused) {
    return (
      <Badge tone="muted">
        <span className="flex items-center gap-1">
          <Pause aria-hidden className="size-3.5" />
          {t("debugger.state.paused")}
        </span>
      </Badge>
    );
  }
  if (state !== "live") {
    return (
      <Badge tone="warn">
        <span className="flex items-center gap-1">
          <RotateCw aria-hidden className="size-3.5 animate-spin" />
          {t(`debugger.state.${state}`)}
        </span>
      </Badge>
    );
  }
  return (
    <Badge tone="ok">
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="size-2 animate-pulse rounded-full bg-ok" />
        {t("debugger.state.live")}
      </span>
    </Badge>
  );
}

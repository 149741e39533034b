import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Download, ScrollText, ShieldAlert, ShieldCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { api, path, url } from "@/api/client";
import { useList } from "@/api/lists";
import type { AuditEntry, AuditVerification, Page as PageOf, Staff } from "@/api/types";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { download } from "@/lib/download";
import { useTypedText } from "@/lib/hooks";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Combobox } from "@/ui/combobox";
import { DateRangePicker, rangeQuery } from "@/ui/date-range";
import { FilterBar } from "@/ui/filter-bar";
import { Time, useFormat } from "@/ui/format";
import { Page } from "@/ui/page";
import { Select } from "@/ui/select";
import { EmptyState, Notice } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { toast } from "@/ui/toast";
import { Tooltip } from "@/ui/tooltip";
import { EntryDrawer } from "./entry-drawer";
import type { AuditSearch } from "./search";
import { useActionName } from "./words";

export function AuditPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const search = useSearch({ from: "/_app/$workspace/audit" });
  const navigate = useNavigate({ from: "/$workspace/audit" });
  const format = useFormat();
  const can = useCan();
  const actionName = useActionName();
  const [text, setText] = useTypedText(search.q ?? "", (q) => set({ q: q || undefined }));

  const query = {
    q: search.q,
    actor: search.actor,
    action: search.action,
    entity: search.entity,
    ...rangeQuery(format.timeZone, search),
  };
  const base = search.scope === "instance" ? path("audit") : path(workspace, "audit");
  const list = useList<AuditEntry>([workspace, "audit", base], base, query);
  const open = list.rows.find((row) => String(row.seq) === search.entry) ?? null;
  const filtered = Object.values(query).some((value) => value !== undefined);

  function clear(): void {
    void navigate({ search: { scope: search.scope } });
  }

  function set(change: Partial<AuditSearch>): void {
    void navigate({ search: (old) => ({ ...old, ...change }), replace: !("entry" in change) });
  }

  const columns = useMemo<DataColumn<AuditEntry>[]>(
    () => [
      { id: "at", header: t("audit.at"), width: 170, cell: (row) => <Time value={row.at} as="datetime" /> },
      { id: "actor", header: t("audit.actor"), width: 160, cell: (row) => row.actor.name },
      {
        id: "action",
        header: t("audit.action"),
        width: 200,
        card: "title",
        cell: (row) => <span className="font-medium">{actionName(row.action)}</span>,
      },
      {
        id: "entity",
        header: t("audit.entity"),
        width: 190,
        cell: (row) =>
          row.entity && (
            <>
              {row.entity.kind} <span className="font-mono text-xs text-ink-3">{row.entity.id}</span>
            </>
          ),
      },
      { id: "reason", header: t("audit.reason"), width: 180, cell: (row) => row.reason },
      { id: "ip", header: t("audit.ip"), width: 130, cell: (row) => <span className="nums">{row.ip}</span> },
      { id: "seq", header: t("audit.seq"), width: 80, align: "end", cell: (row) => format.number(row.seq) },
    ],
    [t, format, actionName],
  );

  return (
    <Page title={t("nav.audit")} layout="fill" aside={<ChainState base={base} />} description={t("audit.description")}>
      <FilterBar
        search={{ value: text, onChange: setText, label: t("audit.search") }}
        onClear={filtered ? clear : undefined}
        actions={<ExportButton address={url(base, { ...query, format: "csv" })} allowed={can("audit.export")} />}
      >
        <Select<"workspace" | "instance">
          label={t("audit.scope")}
          className="w-auto min-w-40"
          value={search.scope ?? "workspace"}
          options={[
            { value: "workspace", label: t("audit.scopes.workspace") },
            { value: "instance", label: t("audit.scopes.instance"), hint: t("audit.scopeHint") },
          ]}
          onChange={(scope) => void navigate({ search: scope === "instance" ? { scope } : {} })}
        />
        <ActorFilter
          value={search.actor ?? null}
          onChange={(actor) => set({ actor: actor ?? undefined })}
          rows={list.rows}
        />
        <ActionFilter
          value={search.action ?? null}
          onChange={(action) => set({ action: action ?? undefined })}
          rows={list.rows}
        />
        <DateRangePicker
          label={t("audit.period")}
          value={{ from: search.from, to: search.to }}
          onChange={({ from, to }) => set({ from, to })}
        />
      </FilterBar>
      <DataTable
        label={t("nav.audit")}
        height="fill"
        columns={columns}
        rowId={(row) => String(row.seq)}
        rowName={(row) => actionName(row.action)}
        {...list.table}
        activeId={search.entry}
        onOpen={(row) => set({ entry: String(row.seq) })}
        empty={
          filtered ? (
            <EmptyState
              title={t("audit.noneFound")}
              text={t("audit.noneFoundText")}
              action={<Button onClick={clear}>{t("filter.clear")}</Button>}
            />
          ) : (
            <EmptyState icon={<ScrollText aria-hidden />} title={t("audit.empty")} text={t("audit.emptyText")} />
          )
        }
      />
      <EntryDrawer entry={open} onClose={() => set({ entry: undefined })} />
    </Page>
  );
}

/** Whether every entry still fits the one before it. */
function ChainState({ base }: { base: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const chain = useQuery({
    queryKey: ["audit-verification", base],
    queryFn: ({ signal }) => api.get<AuditVerification>(`${base}/verification`, undefined, signal),
    staleTime: 60_000,
  });
  if (!chain.data) return null;
  if (chain.data.ok) {
    return (
      <Tooltip content={t("audit.chainOkText", { head: chain.data.head?.slice(0, 16) ?? "" })}>
        <button type="button" className="rounded-full">
          <Badge tone="ok">
            <span className="flex items-center gap-1">
              <ShieldCheck aria-hidden className="size-3.5" />
              {t("audit.chainOk", { count: chain.data.entries, shown: format.number(chain.data.entries) })}
            </span>
          </Badge>
        </button>
      </Tooltip>
    );
  }
  return (
    <Notice
      tone="danger"
      icon={<ShieldAlert aria-hidden />}
      title={t("audit.chainBroken", { seq: chain.data.broken_at ?? "?" })}
    >
      {t("audit.chainBrokenText")}
    </Notice>
  );
}

function ExportButton({ address, allowed }: { address: string; allowed: boolean }) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  return (
    <Button
      pending={pending}
      disabledReason={!allowed && t("problem.needs", { permission: "audit.export" })}
      onClick={() => {
        setPending(true);
        download(address)
          .catch(() => toast({ title: t("audit.exportFailed"), tone: "danger" }))
          .finally(() => setPending(false));
      }}
    >
      <Download aria-hidden />
      CSV
    </Button>
  );
}

interface FilterProps {
  value: string | null;
  onChange: (value: string | null) => void;
  rows: readonly AuditEntry[];
}

function ActorFilter({ value, onChange, rows }: FilterProps) {
  const { t } = useTranslation();
  const can = useCan();
  const staff = useQuery({
    queryKey: ["staff"],
    queryFn: ({ signal }) => api.get<PageOf<Staff>>(path("staff"), undefined, signal),
    enabled: can("staff.read"),
  });
  const seen = new Map<string, string>();
  for (const person of staff.data?.data ?? []) seen.set(person.id, person.name || person.email);
  for (const row of rows) if (row.actor.id) seen.set(row.actor.id, row.actor.name);
  return (
    <Combobox
      className="w-44 max-md:flex-1"
      label={t("audit.actor")}
      placeholder={t("audit.actor")}
      value={value}
      clearable
      onChange={onChange}
      options={[...seen].map(([id, name]) => ({ value: id, label: name }))}
    />
  );
}

function ActionFilter({ value, onChange, rows }: FilterProps) {
  const { t } = useTranslation();
  const actionName = useActionName();
  const actions = [...new Set([...rows.map((row) => row.action), ...(value ? [value] : [])])].sort();
  return (
    <Combobox
      className="w-52 max-md:flex-1"
      label={t("audit.action")}
      placeholder={t("audit.action")}
      value={value}
      clearable
      onChange={onChange}
      options={actions.map((action) => ({ value: action, label: actionName(action) }))}
    />
  );
}

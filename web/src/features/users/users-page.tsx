import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { UserRow } from "@/api/types";
import { useWorkspace } from "@/app/session";
import { useCountedAlerts } from "@/features/alerts/use-counted-alerts";
import { useTranslation } from "@/i18n/use-translation";
import { useTypedText } from "@/lib/hooks";
import { FilterBar } from "@/ui/filter-bar";
import { useFormat } from "@/ui/format";
import { Page } from "@/ui/page";
import { useRuleText } from "@/ui/rule";
import { ProblemNote } from "@/ui/states";
import { ColumnChooser, DataTable } from "@/ui/table";
import { AlertChips } from "./alert-chips";
import { userName, useUserColumns } from "./columns";
import { UsersEmpty } from "./empty";
import { ExportMenu } from "./export-menu";
import { userCountQuery, userQuery, usersQuery } from "./queries";
import { RuleDialog } from "./rule-dialog";
import { columnsOf, columnsText, fieldsToLoad, filterOf, isFiltered, type UsersSearch, withoutEmpty } from "./search";
import { SelectionBar } from "./selection-bar";
import { useRule } from "./use-rule";
import { UserDrawer } from "./user-drawer";
import { ViewsMenu } from "./views-menu";

const route = getRouteApi("/_app/$workspace/users/");

/** Who uses the product: found, filtered, sorted, opened and taken out. Everything it shows is in its address. */
export function UsersPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const workspace = useWorkspace();
  const { slug } = workspace;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const [ruleOpen, setRuleOpen] = useState(false);

  const replaceSearch = useCallback(
    (next: UsersSearch, how: "push" | "replace" = "push") =>
      void navigate({ search: withoutEmpty(next), replace: how === "replace" }),
    [navigate],
  );
  /** Another set of rows: what was selected and open belongs to the old one. */
  const refine = (change: Partial<UsersSearch>, how: "push" | "replace" = "push") => {
    setSelection(new Set());
    replaceSearch({ ...search, user: undefined, tab: undefined, ...change }, how);
  };

  const columns = useUserColumns(workspace);
  const known = useMemo(() => new Set(columns.map((column) => column.id)), [columns]);
  const usual = workspace.columns.filter((key) => known.has(key));
  const visible = columnsOf(search, known, usual);
  const [text, setText] = useTypedText(search.q ?? "", (q) => refine({ q: q.trim() || undefined }, "replace"));
  const rule = useRule(slug, search.filter, (filter) => refine({ filter }));
  const ruleText = useRuleText(workspace.fields);

  const list = useInfiniteQuery(usersQuery(slug, search, fieldsToLoad(visible, known)));
  const count = useQuery(userCountQuery(slug, filterOf(search)));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const openUser = (user: UserRow) => replaceSearch({ ...search, user: user.id });

  return (
    <Page
      layout="fill"
      title={t("users.title")}
      aside={
        <>
          {count.data && <span className="nums text-lg text-ink-3">{format.number(count.data.count)}</span>}
          <ViewsMenu workspace={slug} search={search} onChange={(next) => replaceSearch(next)} />
        </>
      }
      actions={
        <>
          <ColumnChooser
            columns={columns}
            visible={visible}
            onChange={(next) => replaceSearch({ ...search, columns: columnsText(next, usual) }, "replace")}
            onReset={search.columns ? () => replaceSearch({ ...search, columns: undefined }) : undefined}
          />
          <ExportMenu workspace={slug} search={search} columns={visible} />
        </>
      }
    >
      <AlertChips alerts={useCountedAlerts()} chosen={search.alert} onChange={(alert) => refine({ alert })} />
      <FilterBar
        search={{ value: text, onChange: setText, label: t("users.search") }}
        rule={{
          fields: workspace.fields,
          tree: rule.tree,
          onChange: rule.change,
          onAdvanced: () => setRuleOpen(true),
          advancedText: rule.tree ? ruleText(rule.tree) : search.filter,
        }}
        onClear={isFiltered(search) ? () => refine({ q: undefined, filter: undefined, alert: undefined }) : undefined}
      />
      {rule.problem ? <ProblemNote problem={rule.problem} className="mb-3" /> : null}
      <DataTable
        label={t("users.title")}
        height="fill"
        columns={columns}
        visible={visible}
        rows={rows}
        rowId={(row) => row.id}
        rowName={userName}
        loading={list.isPending}
        refreshing={list.isPlaceholderData}
        problem={list.isError && rows.length === 0 ? list.error : null}
        onRetry={() => void list.refetch()}
        empty={
          <UsersEmpty
            workspace={slug}
            filtered={isFiltered(search)}
            onClear={() => refine({ q: undefined, filter: undefined, alert: undefined })}
          />
        }
        sort={search.sort}
        onSortChange={(sort) => replaceSearch({ ...search, sort })}
        selection={selection}
        onSelectionChange={setSelection}
        onOpen={openUser}
        onIntent={(row) => void client.prefetchQuery(userQuery(slug, row.id))}
        activeId={search.user}
        hasMore={list.hasNextPage}
        loadingMore={list.isFetchingNextPage}
        onLoadMore={() => void list.fetchNextPage()}
        moreProblem={list.isFetchNextPageError ? list.error : null}
      />
      <SelectionBar
        loaded={rows.length}
        total={count.data?.count}
        selection={selection}
        onClear={() => setSelection(new Set())}
      />
      <RuleDialog
        open={ruleOpen}
        onOpenChange={setRuleOpen}
        workspace={slug}
        fields={workspace.fields}
        rule={search.filter}
        tree={rule.tree}
        filter={filterOf({ ...search, filter: undefined })}
        onApply={(filter) => refine({ filter })}
      />
      <UserDrawer
        user={search.user}
        tab={search.tab}
        rows={rows}
        onTab={(tab) => replaceSearch({ ...search, tab }, "replace")}
        onUser={(user) => replaceSearch({ ...search, user }, "replace")}
        onClose={() => replaceSearch({ ...search, user: undefined, tab: undefined })}
      />
    </Page>
  );
}

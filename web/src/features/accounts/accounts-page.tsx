import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Building2, SearchX } from "lucide-react";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { useTypedText } from "@/lib/hooks";
import { Button } from "@/ui/button";
import { FilterBar } from "@/ui/filter-bar";
import { NumberText, Time } from "@/ui/format";
import { Page } from "@/ui/page";
import { EmptyState } from "@/ui/states";
import { DataTable } from "@/ui/table";
import { accountsQuery } from "./queries";

const route = getRouteApi("/_app/$workspace/accounts/");

/** The companies users belong to. */
export function AccountsPage() {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const find = (text: string) => void navigate({ search: text.trim() ? { q: text.trim() } : {}, replace: true });
  const [text, setText] = useTypedText(q ?? "", find);
  const list = useInfiniteQuery(accountsQuery(slug, q));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page layout="fill" title={t("accounts.title")} description={t("accounts.description")}>
      <FilterBar search={{ value: text, onChange: setText, label: t("accounts.search") }} />
      <DataTable
        label={t("accounts.title")}
        height="fill"
        rows={rows}
        rowId={(account) => account.id}
        rowName={(account) => account.name ?? account.id}
        columns={[
          {
            id: "name",
            header: t("accounts.name"),
            width: 280,
            card: "title",
            cell: (account) => <span className="font-medium">{account.name ?? account.id}</span>,
          },
          {
            id: "id",
            header: "ID",
            cell: (account) => <span className="font-mono text-xs">{account.id}</span>,
          },
          {
            id: "users",
            header: t("accounts.users"),
            align: "end",
            width: 140,
            cell: (account) => <NumberText value={account.user_count} />,
          },
          { id: "created_at", header: t("accounts.createdAt"), cell: (account) => <Time value={account.created_at} /> },
        ]}
        onOpen={(account) =>
          void navigate({ to: "/$workspace/accounts/$account", params: { workspace: slug, account: account.id } })
        }
        loading={list.isPending}
        problem={list.error}
        onRetry={() => void list.refetch()}
        empty={
          q ? (
            <EmptyState
              icon={<SearchX aria-hidden />}
              title={t("accounts.nothingFound")}
              text={t("accounts.nothingFoundText")}
              action={<Button onClick={() => find("")}>{t("users.clearFilters")}</Button>}
            />
          ) : (
            <EmptyState icon={<Building2 aria-hidden />} title={t("accounts.empty")} text={t("accounts.emptyText")} />
          )
        }
        hasMore={list.hasNextPage}
        loadingMore={list.isFetchingNextPage}
        onLoadMore={() => void list.fetchNextPage()}
        moreProblem={list.isFetchNextPageError ? list.error : null}
      />
    </Page>
  );
}

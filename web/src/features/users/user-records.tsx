import { useInfiniteQuery } from "@tanstack/react-query";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { EmptyState } from "@/ui/states";
import { DataTable } from "@/ui/table";
import { type RecordList, recordsQuery } from "./queries";
import { useRecordColumns } from "./record-columns";

/** Records of one kind that belong to the user. */
export function UserRecords({ user, kind }: { user: string; kind: RecordList }) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const columns = useRecordColumns(kind);
  const list = useInfiniteQuery(recordsQuery(slug, user, kind));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <DataTable
      label={t(`users.tab.${kind}`)}
      columns={columns}
      rows={rows}
      rowId={(row) => row.id}
      loading={list.isPending}
      problem={list.error}
      onRetry={() => void list.refetch()}
      empty={<EmptyState title={t(`users.records.${kind}.empty`)} text={t(`users.records.${kind}.emptyText`)} />}
      hasMore={list.hasNextPage}
      loadingMore={list.isFetchingNextPage}
      onLoadMore={() => void list.fetchNextPage()}
      moreProblem={list.isFetchNextPageError ? list.error : null}
    />
  );
}

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Query } from "./client";
import type { Page } from "./types";

/** A server list, page after page, in the shape `DataTable` takes: spread `table` into it. */
export function useList<Row>(key: readonly unknown[], base: string, query: Query = {}) {
  const list = useInfiniteQuery({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) => api.get<Page<Row>>(base, { ...query, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  return {
    rows,
    /** The exact number of rows, when the query asked for it by `count: "exact"`. */
    total: list.data?.pages[0]?.total,
    refetch: list.refetch,
    table: {
      rows,
      loading: list.isPending,
      refreshing: list.isPlaceholderData,
      // A reload that failed leaves the rows in view; only a list that never came is an error page.
      problem: list.data === undefined ? list.error : null,
      onRetry: () => void list.refetch(),
      hasMore: list.hasNextPage,
      loadingMore: list.isFetchingNextPage,
      moreProblem: list.isFetchNextPageError ? list.error : null,
      onLoadMore: () => void list.fetchNextPage(),
    },
  };
}

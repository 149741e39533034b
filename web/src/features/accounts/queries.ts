import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, path } from "@/api/client";
import type { Page, UserRow } from "@/api/types";

/** A company or salon that users belong to. */
export interface Account {
  id: string;
  name: string | null;
  created_at: string | null;
  /** How many users it has. */
  user_count: number;
}

export interface AccountDetail extends Account {
  traits: Record<string, unknown>;
  users: UserRow[];
}

export function accountsQuery(workspace: string, q: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [workspace, "accounts", "list", q],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Account>>(path(workspace, "accounts"), { q, limit: 100, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
  });
}

export function accountQuery(workspace: string, account: string) {
  return queryOptions({
    queryKey: [workspace, "accounts", account],
    queryFn: ({ signal }) => api.get<AccountDetail>(path(workspace, "accounts", account), undefined, signal),
  });
}

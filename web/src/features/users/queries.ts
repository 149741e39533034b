import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, path } from "@/api/client";
import type { Label, Page, UserRow } from "@/api/types";
import type { RuleTree } from "@/ui/rule";
import { filterOf, listQuery, type UserFilter, type UsersSearch } from "./search";
import type { AlertHistory, CheckedRule, Note, RecordRow, SavedView, TimelineEvent, UserDetail } from "./types";

const pageSize = 100;

/** The rows of the list, page after page. */
export function usersQuery(workspace: string, search: UsersSearch, columns: readonly string[]) {
  const query = listQuery(search, columns);
  return infiniteQueryOptions({
    queryKey: [workspace, "users", "list", query],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<UserRow>>(
        path(workspace, "users"),
        { ...query, limit: pageSize, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    // Rows must not move under the pointer because a window got the focus back.
    refetchOnWindowFocus: false,
  });
}

/** How many users a filter finds. */
export function userCountQuery(workspace: string, filter: UserFilter) {
  return queryOptions({
    queryKey: [workspace, "users", "count", filter],
    queryFn: ({ signal }) =>
      api.get<{ count: number; took_ms: number }>(path(workspace, "users", "count"), { ...filterOf(filter) }, signal),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

export function userQuery(workspace: string, user: string) {
  return queryOptions({
    queryKey: [workspace, "user", user],
    queryFn: ({ signal }) => api.get<UserDetail>(path(workspace, "users", user), undefined, signal),
    staleTime: 10_000,
  });
}

/** What a user did, newest first. */
export function timelineQuery(workspace: string, user: string, events: readonly string[]) {
  return infiniteQueryOptions({
    queryKey: [workspace, "user", user, "timeline", events],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<TimelineEvent>>(
        path(workspace, "users", user, "timeline"),
        { events, limit: 50, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export type RecordList = "payments" | "subscriptions" | "cabinets" | "sessions";

export function recordsQuery(workspace: string, user: string, kind: RecordList) {
  return infiniteQueryOptions({
    queryKey: [workspace, "user", user, kind],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<RecordRow>>(
        path(workspace, "users", user, kind),
        { limit: 100, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function notesQuery(workspace: string, user: string) {
  return queryOptions({
    queryKey: [workspace, "user", user, "notes"],
    queryFn: ({ signal }) =>
      api.get<Page<Note>>(path(workspace, "users", user, "notes"), { limit: 200 }, signal).then((page) => page.data),
  });
}

export function userAlertsQuery(workspace: string, user: string) {
  return queryOptions({
    queryKey: [workspace, "user", user, "alerts"],
    queryFn: ({ signal }) => api.get<AlertHistory>(path(workspace, "users", user, "alerts"), undefined, signal),
  });
}

/** Names of the events this workspace has seen. */
export function eventNamesQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "events", "names"],
    queryFn: ({ signal }) =>
      api
        .get<Page<{ name: string; count: number }>>(path(workspace, "events", "names"), undefined, signal)
        .then((page) => page.data),
    staleTime: 60_000,
  });
}

/** Events as the definition describes them: their names in the staff's languages. */
export function describedEventsQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "definition", "events"],
    queryFn: ({ signal }) =>
      api
        .get<{ parsed: { events: { name: string; label: Label }[] } }>(path(workspace, "definition"), undefined, signal)
        .then((definition) => definition.parsed.events),
    staleTime: 300_000,
  });
}

export function viewsQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "views"],
    queryFn: ({ signal }) =>
      api.get<Page<SavedView>>(path(workspace, "views"), { limit: 200 }, signal).then((page) => page.data),
    staleTime: 60_000,
  });
}

/** A rule checked by the server: its canonical text, its tree for the builder, the fields it reads. */
export function ruleQuery(workspace: string, rule: string) {
  return queryOptions({
    queryKey: [workspace, "rule", rule],
    queryFn: () => checkRule(workspace, { rule }),
    enabled: rule !== "",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function checkRule(workspace: string, body: { rule: string } | { tree: RuleTree }): Promise<CheckedRule> {
  return api.post<CheckedRule>(path(workspace, "rules", "check"), body);
}

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, path } from "./client";
import type { Page, Session, UserRow, Workspace } from "./types";

/** Who is logged in, what they may do, which workspaces they see. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => api.get<Session>(path("session"), undefined, signal),
  staleTime: 60_000,
  retry: false,
});

/** Whether this installation still waits for its first staff member. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => api.get<{ needed: boolean }>(path("setup"), undefined, signal),
  staleTime: 0,
});

/** A workspace with its fields, alerts and default columns. */
export function workspaceQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "workspace"],
    queryFn: ({ signal }) => api.get<Workspace>(path(workspace), undefined, signal),
    staleTime: 30_000,
  });
}

/** A few users found by what a person typed: for the palette and pickers. */
export function userSearchQuery(workspace: string, text: string) {
  return queryOptions({
    queryKey: [workspace, "users", "search", text],
    queryFn: ({ signal }) =>
      api.get<Page<UserRow>>(path(workspace, "users"), { q: text, limit: 6, columns: ["name", "email"] }, signal),
    enabled: text !== "",
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, path } from "@/api/client";
import type { Alert, Page } from "@/api/types";

export type ChannelKind = "telegram" | "email";

export interface AlertChannel {
  channel: ChannelKind;
  enabled: boolean;
  /** A Telegram chat id or e-mail addresses; `null`: the workspace's own chat. */
  target: string | null;
}

export interface AlertSummary extends Alert {
  count: number;
  entered_7d: number;
  left_7d: number;
  channels: AlertChannel[];
}

export interface Delivery {
  channel: ChannelKind;
  status: string;
  at: string | null;
  error: string | null;
}

export interface AlertEntry {
  user: { id: string; name: string | null };
  entered_at: string;
  left_at: string | null;
  deliveries: Delivery[];
}

export type EntryState = "active" | "left";

export function alertsQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "alerts"],
    queryFn: ({ signal }) =>
      api.get<Page<AlertSummary>>(path(workspace, "alerts"), undefined, signal).then((page) => page.data),
    refetchInterval: 30_000,
  });
}

export function alertEntriesQuery(workspace: string, alert: string, state: EntryState) {
  return infiniteQueryOptions({
    queryKey: [workspace, "alerts", alert, "entries", state],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AlertEntry>>(
        path(workspace, "alerts", alert, "entries"),
        { state, limit: 100, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
  });
}

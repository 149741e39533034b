import { queryOptions } from "@tanstack/react-query";
import { api, path } from "@/api/client";
import type { DebugItem, FieldScalar, Label, Page } from "@/api/types";

export interface Tile {
  key: string;
  value: FieldScalar;
  unit: string | null;
  /** The same number one period earlier. */
  previous?: FieldScalar;
  /** The rule that lists the rows behind the number; an empty one lists everybody. */
  filter?: string | null;
  /** An alert whose users are the rows behind the number. */
  alert?: string | null;
  label?: Label;
}

export interface Overview {
  /** Until when everything that arrived is counted in. */
  as_of: string;
  tiles: Tile[];
}

export function overviewQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "overview"],
    queryFn: ({ signal }) => api.get<Overview>(path(workspace, "overview"), undefined, signal),
    refetchInterval: 30_000,
  });
}

/** What came through the doors last. */
export function arrivalsQuery(workspace: string) {
  return queryOptions({
    queryKey: [workspace, "debugger", "latest"],
    queryFn: ({ signal }) =>
      api
        .get<Page<DebugItem>>(path(workspace, "debugger"), { limit: 10 }, signal)
        .then((page) => page.data.slice(0, 10)),
    refetchInterval: 10_000,
  });
}

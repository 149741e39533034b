import type { UserRow } from "@/api/types";
import type { RuleTree } from "@/ui/rule";

export interface Identity {
  kind: "user" | "anonymous" | "telegram" | "email";
  value: string;
  since: string;
}

export interface UserDetail extends UserRow {
  account: { id: string; name: string | null } | null;
  identities: Identity[];
  traits: Record<string, unknown>;
  /** Until when everything that arrived is counted in. */
  as_of: string;
}

export interface TimelineEvent {
  id: string;
  name: string;
  kind: string;
  timestamp: string;
  properties: Record<string, unknown>;
  context: Record<string, unknown>;
  subject: string;
}

/** A record as the product sent it: its own id and typed members. */
export type RecordRow = { id: string } & Record<string, unknown>;

export interface Note {
  id: string;
  author: { id: string; name: string };
  text: string;
  created_at: string;
  edited_at: string | null;
  version: number;
}

export interface AlertHistory {
  active: { key: string; since: string }[];
  history: { key: string; entered_at: string; left_at: string | null }[];
}

/** What a saved view remembers. */
export interface ViewState {
  filter: string | null;
  alert: string | null;
  q: string | null;
  sort: string | null;
  columns: string[] | null;
}

export interface SavedView extends ViewState {
  id: string;
  name: string;
  shared: boolean;
  owner: { id: string; name: string };
  version: number;
}

export interface CheckedRule {
  rule: string;
  tree: RuleTree;
  fields: string[];
}

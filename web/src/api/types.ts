/** The shapes of `docs/api-design.md`, as the panel uses them. */
import type { Language, Money } from "@/lib/format";

export type { Money };
export type Label = Record<Language, string>;

export type Role = "super_admin" | "support" | "analyst" | "readonly";
export const roles: readonly Role[] = ["super_admin", "support", "analyst", "readonly"];

export interface Page<Row> {
  data: Row[];
  next_cursor: string | null;
  total?: number;
}

export interface Staff {
  id: string;
  email: string;
  name: string;
  role: Role;
  permissions: string[];
  extra_permissions: string[];
  /** `null`: every workspace. */
  workspaces: string[] | null;
  ip_allow_list: string[];
  locale: string | null;
  time_zone: string | null;
  second_factor: { totp: boolean; passkeys: number; recovery_codes_left: number };
  disabled: boolean;
  last_login_at: string | null;
  created_at: string;
}

export interface SessionWorkspace {
  slug: string;
  name: Label;
  role: Role;
  permissions: string[];
}

export interface Session {
  staff: Staff;
  workspaces: SessionWorkspace[];
  version: string;
  expires_at: string;
}

export type FieldType = "text" | "integer" | "number" | "percent" | "boolean" | "timestamp" | "enum" | "money";
export type Tone = "ok" | "warn" | "danger" | "muted" | "info";

export interface FieldValue {
  value: string;
  label: Label;
  tone: Tone;
}

export interface Field {
  key: string;
  type: FieldType;
  label: Label;
  short_label: Label;
  csv_label: Label;
  description: Label;
  unit: string | null;
  values?: FieldValue[];
  source: string;
  nullable: boolean;
  sortable: boolean;
  filterable: boolean;
  core: boolean;
  currency?: string;
}

export interface Alert {
  key: string;
  severity: "red" | "yellow";
  label: Label;
  explanation: Label;
  rule: string;
  /** How many users are in it now; the list of alerts always tells, the workspace may not. */
  count?: number;
}

export interface DetailBlock {
  key: string;
  label: Label;
  fields: string[];
}

export interface Workspace {
  slug: string;
  name: Label;
  time_zone: string;
  currency: string;
  modules: string[];
  fields: Field[];
  columns: string[];
  alerts: Alert[];
  detail_blocks: DetailBlock[];
  record_kinds: string[];
}

export type FieldScalar = string | number | boolean | null | Money;

export interface UserRow {
  id: string;
  fields: Record<string, FieldScalar>;
  alerts: { key: string; since: string }[];
}

export interface StaffSession {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  ip: string | null;
  user_agent: string | null;
  device: string | null;
}

export interface Passkey {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
}

export interface Invitation {
  id: string;
  email: string;
  name: string;
  role: Role;
  extra_permissions: string[];
  workspaces: string[] | null;
  ip_allow_list: string[];
  expires_at: string;
  link?: string;
  mailed?: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  kind: "write" | "secret";
  /** The first letters of the key, so that people can tell keys apart. */
  hint: string;
  scopes: string[];
  origins: string[];
  ip_allow_list: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
  /** The whole key: only in the answer that creates it. */
  key?: string;
}

export interface AuditEntry {
  seq: number;
  at: string;
  actor: { id: string | null; name: string; kind: string };
  action: string;
  entity: { kind: string; id: string | null } | null;
  before: unknown;
  after: unknown;
  reason: string | null;
  ip: string | null;
  user_agent: string | null;
  hash: string;
}

export interface AuditVerification {
  ok: boolean;
  entries: number;
  head: string | null;
  broken_at?: number | null;
}

export type DebugOutcome = "accepted" | "duplicate" | "refused";

export interface DebugItem {
  id: string;
  at: string;
  door: string;
  client: string | null;
  key_name: string | null;
  name: string | null;
  subject: string | null;
  outcome: DebugOutcome;
  reason: string | null;
  pointer: string | null;
  raw: unknown;
}

export interface SmtpChannel {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  username: string | null;
  password: { set: boolean };
  from: string;
  reply_to: string | null;
}

export interface TelegramChannel {
  token: { set: boolean };
  chat_id: string;
  base_url: string | null;
}

export interface Channels {
  smtp: SmtpChannel | null;
  telegram: TelegramChannel | null;
}

export interface TestOutcome {
  outcome: "delivered" | "later" | "refused" | "misconfigured" | "uncertain";
  /** What the other side said. */
  detail: string;
}

export interface DefinitionVersion {
  version: number;
  applied_at: string;
  by: string;
  summary: string;
  /** The one in force. */
  active: boolean;
  rolled_back_at: string | null;
  /** The SQL that applied it, and the SQL that undoes it. */
  statements: string[];
  rollback: string[];
}

export interface DefinitionEvent {
  name: string;
  label: Label;
  /** Property name → type. */
  properties: Record<string, string>;
}

export interface Definition {
  slug: string;
  version: number;
  text: string;
  applied_at: string | null;
  applied_by: string | null;
  parsed: { fields: Field[]; alerts: Alert[]; events: DefinitionEvent[] };
  versions: DefinitionVersion[];
}

export interface DefinitionPlan {
  changes: { what: "add_field" | "show_field" | "hide_field"; field: string }[];
  statements: string[];
  rollback: string[];
  refused: { what: string; why: string }[];
  plan_hash: string;
}

export interface WorkspaceSettings {
  name: Label;
  time_zone: string;
  currency: string;
}

export interface MergeSide {
  kind: string;
  value: string;
}

export interface MergePreview {
  into: UserRow;
  from: Record<string, unknown>;
  moves: { events: number; records: number; identities: number };
  conflicts: { field?: string; into?: unknown; from?: unknown; kept?: string }[];
}

export interface Merge {
  id: string;
  into: string;
  from: MergeSide;
  merged_at?: string;
  created_at?: string;
  by?: string | { name: string } | null;
  reversed_at: string | null;
}

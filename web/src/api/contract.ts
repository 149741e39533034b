/**
 * Compares the panel's types with those generated from the server's description. A member the server no longer has fails the
 * type check; where the server says only "string", the panel's types may say more.
 */
import type { components } from "./schema.gen";
import type {
  Alert,
  ApiKey,
  AuditEntry,
  Channels,
  DebugItem,
  Definition,
  DefinitionPlan,
  DefinitionVersion,
  DetailBlock,
  Field,
  FieldValue,
  Invitation,
  Passkey,
  Session,
  SessionWorkspace,
  SmtpChannel,
  Staff,
  StaffSession,
  TelegramChannel,
  UserRow,
  Workspace,
  WorkspaceSettings,
} from "./types";

type Schemas = components["schemas"];
type Missing<Ours, Name extends keyof Schemas> = Exclude<keyof Ours, keyof Schemas[Name]>;
type Agrees<Ours, Name extends keyof Schemas> = [Missing<Ours, Name>] extends [never] ? true : Missing<Ours, Name>;
type All<Checks extends readonly true[]> = Checks;

export type Contract = All<
  [
    Agrees<Alert, "AlertState">,
    Agrees<ApiKey, "KeyView">,
    Agrees<AuditEntry, "AuditEntry">,
    Agrees<Channels, "Channels">,
    Agrees<DebugItem, "DebugView">,
    Agrees<Definition, "DefinitionView">,
    Agrees<DefinitionPlan, "PlanView">,
    Agrees<DefinitionVersion, "VersionView">,
    Agrees<DetailBlock, "DetailBlockView">,
    Agrees<Field, "FieldView">,
    Agrees<FieldValue, "ValueView">,
    Agrees<Invitation, "InvitationView">,
    Agrees<Passkey, "PasskeyView">,
    Agrees<Session, "SessionView">,
    Agrees<SessionWorkspace, "SessionWorkspace">,
    Agrees<SmtpChannel, "SmtpView">,
    Agrees<Staff, "StaffView">,
    Agrees<StaffSession, "SessionRow">,
    Agrees<TelegramChannel, "TelegramView">,
    Agrees<UserRow, "UserRow">,
    Agrees<Workspace, "WorkspaceView">,
    Agrees<WorkspaceSettings, "SettingsView">,
  ]
>;

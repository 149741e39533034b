export const auditScopes = ["instance"] as const;

export interface AuditSearch {
  /** `instance`: logins, staff and workspaces of the whole installation instead of this workspace. */
  scope?: (typeof auditScopes)[number];
  q?: string;
  actor?: string;
  action?: string;
  entity?: string;
  from?: string;
  to?: string;
  /** The open entry. */
  entry?: string;
}

import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { AuditPage } from "@/features/audit/audit-page";
import { type AuditSearch, auditScopes } from "@/features/audit/search";
import { oneOf, text } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/audit")({
  validateSearch: (search: Record<string, unknown>): AuditSearch => ({
    scope: oneOf(search.scope, auditScopes),
    q: text(search.q),
    actor: text(search.actor),
    action: text(search.action),
    entity: text(search.entity),
    from: text(search.from),
    to: text(search.to),
    entry: text(search.entry),
  }),
  component: () => (
    <RequirePermission permission="audit.read">
      <AuditPage />
    </RequirePermission>
  ),
});

import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { AccountsPage } from "@/features/accounts/accounts-page";
import { text } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/accounts/")({
  validateSearch: (search: Record<string, unknown>): { q?: string } => {
    const q = text(search.q);
    return q ? { q } : {};
  },
  component: () => (
    <RequirePermission permission="users.read">
      <AccountsPage />
    </RequirePermission>
  ),
});

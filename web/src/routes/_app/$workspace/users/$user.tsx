import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { type UserTab, userTabs } from "@/features/users/search";
import { UserPage } from "@/features/users/user-page";
import { oneOf } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/users/$user")({
  validateSearch: (search: Record<string, unknown>): { tab?: UserTab } => {
    const tab = oneOf(search.tab, userTabs);
    return tab ? { tab } : {};
  },
  component: () => (
    <RequirePermission permission="users.read">
      <UserPage />
    </RequirePermission>
  ),
});

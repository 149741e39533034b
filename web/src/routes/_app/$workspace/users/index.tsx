import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { readUsersSearch } from "@/features/users/search";
import { UsersPage } from "@/features/users/users-page";

export const Route = createFileRoute("/_app/$workspace/users/")({
  validateSearch: readUsersSearch,
  component: () => (
    <RequirePermission permission="users.read">
      <UsersPage />
    </RequirePermission>
  ),
});

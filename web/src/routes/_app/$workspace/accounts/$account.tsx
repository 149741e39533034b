import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { AccountPage } from "@/features/accounts/account-page";

export const Route = createFileRoute("/_app/$workspace/accounts/$account")({
  component: () => (
    <RequirePermission permission="users.read">
      <AccountPage />
    </RequirePermission>
  ),
});

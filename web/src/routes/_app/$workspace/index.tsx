import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { OverviewPage } from "@/features/overview/overview-page";

/** The page a workspace opens with. */
export const Route = createFileRoute("/_app/$workspace/")({
  component: () => (
    <RequirePermission permission="users.read">
      <OverviewPage />
    </RequirePermission>
  ),
});

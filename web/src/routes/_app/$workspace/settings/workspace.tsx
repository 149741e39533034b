import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { WorkspacePage } from "@/features/settings/workspace-page";

export const Route = createFileRoute("/_app/$workspace/settings/workspace")({
  component: () => (
    <RequirePermission permission="workspace.manage">
      <WorkspacePage />
    </RequirePermission>
  ),
});

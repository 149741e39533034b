import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { AlertsPage } from "@/features/alerts/alerts-page";

export const Route = createFileRoute("/_app/$workspace/alerts/")({
  component: () => (
    <RequirePermission permission="alerts.read">
      <AlertsPage />
    </RequirePermission>
  ),
});

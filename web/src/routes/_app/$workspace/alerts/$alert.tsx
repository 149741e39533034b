import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { AlertPage } from "@/features/alerts/alert-page";
import type { EntryState } from "@/features/alerts/queries";

export const Route = createFileRoute("/_app/$workspace/alerts/$alert")({
  validateSearch: (search: Record<string, unknown>): { state?: EntryState } =>
    search.state === "left" ? { state: "left" } : {},
  component: () => (
    <RequirePermission permission="alerts.read">
      <AlertPage />
    </RequirePermission>
  ),
});

import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { ChannelsPage } from "@/features/channels/channels-page";

export const Route = createFileRoute("/_app/$workspace/settings/channels")({
  component: () => (
    <RequirePermission permission="channels.manage">
      <ChannelsPage />
    </RequirePermission>
  ),
});

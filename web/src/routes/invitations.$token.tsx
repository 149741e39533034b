import { createFileRoute } from "@tanstack/react-router";
import { InvitationPage } from "@/features/login/invitation-page";

export const Route = createFileRoute("/invitations/$token")({
  component: () => <InvitationPage token={Route.useParams().token} />,
});

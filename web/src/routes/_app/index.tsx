import { createFileRoute, redirect } from "@tanstack/react-router";
import { sessionQuery } from "@/api/queries";
import { useTranslation } from "@/i18n/use-translation";
import { EmptyState } from "@/ui/states";

export const Route = createFileRoute("/_app/")({
  beforeLoad: async ({ context }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    const first = session.workspaces[0];
    if (first) throw redirect({ to: "/$workspace", params: { workspace: first.slug } });
  },
  component: NoWorkspace,
});

function NoWorkspace() {
  const { t } = useTranslation();
  return <EmptyState page className="py-24" title={t("app.noWorkspaceTitle")} text={t("app.noWorkspaceText")} />;
}

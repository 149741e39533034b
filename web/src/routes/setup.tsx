import { createFileRoute, redirect } from "@tanstack/react-router";
import { setupQuery } from "@/api/queries";
import { SetupPage } from "@/features/login/setup-page";
import { text } from "@/lib/search";

export const Route = createFileRoute("/setup")({
  validateSearch: (search: Record<string, unknown>): { token?: string } => ({ token: text(search.token) }),
  beforeLoad: async ({ context }) => {
    const { needed } = await context.queryClient.fetchQuery(setupQuery);
    if (!needed) throw redirect({ to: "/login" });
  },
  component: () => <SetupPage token={Route.useSearch().token} />,
});

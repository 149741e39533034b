import { createFileRoute, redirect } from "@tanstack/react-router";
import { sessionQuery, setupQuery } from "@/api/queries";
import { LoginPage } from "@/features/login/login-page";
import { safeReturn } from "@/features/login/return";
import { text } from "@/lib/search";

export const Route = createFileRoute("/login")({
  validateSearch: (search: Record<string, unknown>): { return?: string } => ({ return: text(search.return) }),
  beforeLoad: async ({ context, search }) => {
    if (context.queryClient.getQueryData(sessionQuery.queryKey)) throw redirect({ href: safeReturn(search.return) });
    const { needed } = await context.queryClient.fetchQuery(setupQuery).catch(() => ({ needed: false }));
    if (needed) throw redirect({ to: "/setup" });
  },
  component: () => <LoginPage returnTo={Route.useSearch().return} />,
});

import { createFileRoute } from "@tanstack/react-router";
import { ResetPasswordPage } from "@/features/login/reset-pages";
import { text } from "@/lib/search";

export const Route = createFileRoute("/reset-password")({
  validateSearch: (search: Record<string, unknown>): { token?: string } => ({ token: text(search.token) }),
  component: () => <ResetPasswordPage token={Route.useSearch().token ?? ""} />,
});

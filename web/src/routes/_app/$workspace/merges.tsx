import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { MergesPage, type MergesSearch } from "@/features/merges/merges-page";
import { flag, text } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/merges")({
  validateSearch: (search: Record<string, unknown>): MergesSearch => ({
    new: flag(search.new),
    into: text(search.into),
  }),
  component: () => (
    <RequirePermission permission="identities.merge">
      <MergesPage />
    </RequirePermission>
  ),
});

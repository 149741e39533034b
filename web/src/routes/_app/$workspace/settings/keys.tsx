import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { KeysPage, type KeysSearch } from "@/features/keys/keys-page";
import { flag } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/settings/keys")({
  validateSearch: (search: Record<string, unknown>): KeysSearch => ({ new: flag(search.new) }),
  component: () => (
    <RequirePermission permission="keys.manage">
      <KeysPage />
    </RequirePermission>
  ),
});

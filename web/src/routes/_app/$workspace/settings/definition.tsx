import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { DefinitionPage } from "@/features/definition/definition-page";
import { type DefinitionSearch, definitionTabs } from "@/features/definition/search";
import { oneOf } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/settings/definition")({
  validateSearch: (search: Record<string, unknown>): DefinitionSearch => ({ tab: oneOf(search.tab, definitionTabs) }),
  component: () => (
    <RequirePermission permission="definition.read">
      <DefinitionPage />
    </RequirePermission>
  ),
});

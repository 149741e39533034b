import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { DebuggerPage } from "@/features/debugger/debugger-page";
import { type DebuggerSearch, outcomes } from "@/features/debugger/search";
import { flag, oneOf, text } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/debugger")({
  validateSearch: (search: Record<string, unknown>): DebuggerSearch => ({
    q: text(search.q),
    outcome: oneOf(search.outcome, outcomes),
    paused: flag(search.paused),
    item: text(search.item),
  }),
  component: () => (
    <RequirePermission permission="events.read">
      <DebuggerPage />
    </RequirePermission>
  ),
});

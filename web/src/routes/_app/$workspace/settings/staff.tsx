import { createFileRoute } from "@tanstack/react-router";
import { RequirePermission } from "@/app/session";
import { StaffPage, type StaffSearch } from "@/features/staff/staff-page";
import { flag, text } from "@/lib/search";

export const Route = createFileRoute("/_app/$workspace/settings/staff")({
  validateSearch: (search: Record<string, unknown>): StaffSearch => ({
    invite: flag(search.invite),
    person: text(search.person),
  }),
  component: () => (
    <RequirePermission permission="staff.read">
      <StaffPage />
    </RequirePermission>
  ),
});

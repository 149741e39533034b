import { createFileRoute } from "@tanstack/react-router";
import { ProfilePage, type ProfileSearch, profileTabs } from "@/features/profile/profile-page";
import { oneOf } from "@/lib/search";

export const Route = createFileRoute("/_app/profile")({
  validateSearch: (search: Record<string, unknown>): ProfileSearch => ({ tab: oneOf(search.tab, profileTabs) }),
  component: ProfilePage,
});

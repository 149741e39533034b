import { createFileRoute } from "@tanstack/react-router";
import { ProfilePage } from "@/features/profile/profile-page";
import { type ProfileSearch, profileTabs } from "@/features/profile/search";
import { oneOf } from "@/lib/search";

export const Route = createFileRoute("/_app/profile")({
  validateSearch: (search: Record<string, unknown>): ProfileSearch => ({ tab: oneOf(search.tab, profileTabs) }),
  component: ProfilePage,
});

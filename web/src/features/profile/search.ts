export const profileTabs = ["general", "security", "sessions"] as const;
export type ProfileTab = (typeof profileTabs)[number];

export interface ProfileSearch {
  tab?: ProfileTab;
}

export const definitionTabs = ["fields", "alerts", "events", "text", "versions"] as const;
export type DefinitionTab = (typeof definitionTabs)[number];

export interface DefinitionSearch {
  tab?: DefinitionTab;
}

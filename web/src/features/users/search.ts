import type { Query } from "@/api/client";
import { oneOf, text } from "@/lib/search";

export const userTabs = [
  "profile",
  "activity",
  "payments",
  "subscriptions",
  "cabinets",
  "sessions",
  "notes",
  "alerts",
] as const;
export type UserTab = (typeof userTabs)[number];

/** Which users the list shows. The rule is text of the rule language. */
export interface UserFilter {
  q?: string;
  filter?: string;
  alert?: string;
}

/** Everything the address of the users list says. */
export interface UsersSearch extends UserFilter {
  /** Field key, `-` in front for descending. */
  sort?: string;
  /** Field keys of the visible columns in their order, joined by commas; the definition's own when not given. */
  columns?: string;
  /** The saved view it started from. */
  view?: string;
  /** The user whose details are open beside the list. */
  user?: string;
  tab?: UserTab;
}

/** Reads the address; whatever does not fit is left out. */
export function readUsersSearch(raw: Record<string, unknown>): UsersSearch {
  const search: UsersSearch = {
    q: text(raw.q),
    filter: text(raw.filter),
    alert: text(raw.alert),
    sort: text(raw.sort),
    columns: text(raw.columns),
    view: text(raw.view),
    user: text(raw.user),
    tab: oneOf(raw.tab, userTabs),
  };
  return withoutEmpty(search);
}

/** Leaves unset members out, so that they do not appear in the address. */
export function withoutEmpty<Search extends object>(search: Search): Search {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  ) as Search;
}

export function filterOf({ q, filter, alert }: UsersSearch): UserFilter {
  return withoutEmpty({ q, filter, alert });
}

export function isFiltered(search: UsersSearch): boolean {
  return search.q !== undefined || search.filter !== undefined || search.alert !== undefined;
}

/** The visible columns: the ones asked for that exist, else the definition's. */
export function columnsOf(search: UsersSearch, known: ReadonlySet<string>, usual: readonly string[]): string[] {
  const asked = (search.columns ?? "").split(",").filter((key) => known.has(key));
  return asked.length > 0 ? [...new Set(asked)] : usual.filter((key) => known.has(key));
}

/** The `columns` of the address; unset when they are the usual ones. */
export function columnsText(columns: readonly string[], usual: readonly string[]): string | undefined {
  const asked = columns.join(",");
  return asked === usual.join(",") ? undefined : asked;
}

/** Fields a row is named by, asked for also when their columns are hidden. */
const naming = ["name", "email", "telegram_username"];

/** The fields the list asks for: what is visible and what names a row. */
export function fieldsToLoad(columns: readonly string[], known: ReadonlySet<string>): string[] {
  return [...columns, ...naming.filter((key) => known.has(key) && !columns.includes(key))];
}

/** What the server is asked for: the same for the list and for an export. */
export function listQuery(search: UsersSearch, columns: readonly string[]): Query {
  return { ...filterOf(search), sort: search.sort, columns };
}

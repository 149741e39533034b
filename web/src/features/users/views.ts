import { type UsersSearch, withoutEmpty } from "./search";
import type { SavedView, ViewState } from "./types";

/** What a saved view would remember of the list as it stands. */
export function viewState(search: UsersSearch): ViewState {
  return {
    filter: search.filter ?? null,
    alert: search.alert ?? null,
    q: search.q ?? null,
    sort: search.sort ?? null,
    columns: search.columns ? search.columns.split(",") : null,
  };
}

/** The address that shows a saved view. */
export function searchOfView(view: SavedView): UsersSearch {
  return withoutEmpty({
    view: view.id,
    filter: view.filter ?? undefined,
    alert: view.alert ?? undefined,
    q: view.q ?? undefined,
    sort: view.sort ?? undefined,
    columns: view.columns && view.columns.length > 0 ? view.columns.join(",") : undefined,
  });
}

/** The list was changed since the view was opened. */
export function differsFromView(search: UsersSearch, view: SavedView): boolean {
  const { view: _, ...saved } = searchOfView(view);
  const { view: __, user: ___, tab: ____, ...shown } = search;
  return JSON.stringify(sorted(saved)) !== JSON.stringify(sorted(shown));
}

function sorted(search: object): [string, unknown][] {
  return Object.entries(withoutEmpty(search)).toSorted(([left], [right]) => left.localeCompare(right));
}

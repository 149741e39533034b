import { describe, expect, it } from "vitest";
import type { SavedView } from "./types";
import { differsFromView, searchOfView, viewState } from "./views";

const view: SavedView = {
  id: "v1",
  name: "В опасности",
  shared: false,
  owner: { id: "s1", name: "Анна" },
  version: 1,
  filter: 'status == "active"',
  alert: null,
  q: null,
  sort: "-total_paid",
  columns: ["name", "status"],
};

describe("saved views", () => {
  it("remember what the address says and lead back to it", () => {
    const search = searchOfView(view);
    expect(search).toEqual({
      view: "v1",
      filter: 'status == "active"',
      sort: "-total_paid",
      columns: "name,status",
    });
    const { id: _, name: __, shared: ___, owner: ____, version: _____, ...state } = view;
    expect(viewState(search)).toEqual(state);
  });

  it("know when the list was changed since", () => {
    const search = searchOfView(view);
    expect(differsFromView(search, view)).toBe(false);
    expect(differsFromView({ ...search, user: "7", tab: "notes" }, view)).toBe(false);
    expect(differsFromView({ ...search, q: "анна" }, view)).toBe(true);
    expect(differsFromView({ ...search, sort: undefined }, view)).toBe(true);
  });
});

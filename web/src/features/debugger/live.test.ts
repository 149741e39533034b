import { expect, it } from "vitest";
import type { DebugItem } from "@/api/types";
import { fits, joined } from "./live";

function item(id: string, change: Partial<DebugItem> = {}): DebugItem {
  return {
    id,
    at: "2026-11-21T10:00:00.000Z",
    door: "segment",
    client: null,
    key_name: null,
    name: "response_generated",
    subject: "user-1",
    outcome: "accepted",
    reason: null,
    pointer: null,
    raw: { properties: { tokens: 5, city: "Тверь" } },
    ...change,
  };
}

it("shows what came live and was listed too only once", () => {
  const live = [item("3"), item("2")];
  const listed = [item("2"), item("1")];
  expect(joined(live, listed).map((each) => each.id)).toEqual(["3", "2", "1"]);
});

it("filters what comes live as the server filters its list", () => {
  expect(fits(item("1"), undefined, undefined)).toBe(true);
  expect(fits(item("1"), "refused", undefined)).toBe(false);
  expect(fits(item("1", { outcome: "refused" }), "refused", "USER-1")).toBe(true);
  expect(fits(item("1", { reason: "Город неизвестен" }), undefined, "город")).toBe(true);
  expect(fits(item("1"), undefined, "город")).toBe(false);
});

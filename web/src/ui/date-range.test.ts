import { expect, it } from "vitest";
import { dayIn, rangeQuery, startOfDay } from "./date-range";

it.each([
  ["Europe/Moscow", "2026-11-21", "2026-11-20T21:00:00.000Z"],
  ["UTC", "2026-11-21", "2026-11-21T00:00:00.000Z"],
  ["Asia/Tashkent", "2026-01-01", "2025-12-31T19:00:00.000Z"],
  // The nights on which Berlin's clock goes forward and back.
  ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"],
  ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z"],
  ["Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00.000Z"],
])("%s %s begins at %s", (zone, day, instant) => {
  expect(startOfDay(zone, day).toISOString()).toBe(instant);
});

it("asks for whole days", () => {
  expect(rangeQuery("Europe/Moscow", { from: "2026-11-01", to: "2026-11-30" })).toEqual({
    from: "2026-10-31T21:00:00.000Z",
    to: "2026-11-30T21:00:00.000Z",
  });
  expect(rangeQuery("UTC", {})).toEqual({ from: undefined, to: undefined });
});

it("knows the day of an instant in a zone", () => {
  expect(dayIn("Asia/Tashkent", new Date("2026-11-20T20:00:00Z"))).toBe("2026-11-21");
});

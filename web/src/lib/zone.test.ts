import { describe, expect, it } from "vitest";
import { dayInZone, startOfDay } from "./zone";

describe("days of a zone", () => {
  it.each([
    ["UTC", "2026-11-21", "2026-11-21T00:00:00.000Z"],
    ["Europe/Moscow", "2026-11-21", "2026-11-20T21:00:00.000Z"],
    ["Asia/Tashkent", "2026-01-01", "2025-12-31T19:00:00.000Z"],
    // The day the clocks go forward, and the one they go back.
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"],
    ["Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00.000Z"],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z"],
    // Midnight does not exist on this day.
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"],
  ])("%s %s begins at %s", (zone, day, expected) => {
    expect(startOfDay(zone, day).toISOString()).toBe(expected);
    expect(dayInZone(zone, startOfDay(zone, day))).toBe(day);
  });
});

/** Days of a time zone: which one a moment falls in, and when one begins. */

/** `2026-11-21`: the day a moment falls in. */
export function dayInZone(timeZone: string, time: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(time);
}

/** The first moment of a day such as `2026-11-21`. */
export function startOfDay(timeZone: string, day: string): Date {
  const asUtc = new Date(`${day}T00:00:00Z`);
  const guess = new Date(asUtc.getTime() - offsetAt(timeZone, asUtc));
  // The clocks may change between the guess and midnight; where midnight is skipped, the day begins after the gap.
  const settled = new Date(asUtc.getTime() - offsetAt(timeZone, guess));
  return dayInZone(timeZone, settled) < day ? guess : settled;
}

/** How far the zone is ahead of UTC at that moment, in milliseconds. */
function offsetAt(timeZone: string, time: Date): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(time);
  const part = (type: string) => Number(parts.find((item) => item.type === type)?.value ?? 0);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(time.getTime() / 1000) * 1000;
}

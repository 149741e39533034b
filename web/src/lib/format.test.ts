import { describe, expect, it } from "vitest";
import {
  formatDate,
  formatExact,
  formatMoney,
  formatMoneyShort,
  formatPercent,
  formatRelative,
  formatShort,
} from "./format";

/** Narrow and ordinary no-break spaces differ between ICU versions; people see the same. */
function plain(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, " ");
}

describe("money", () => {
  it.each([
    ["ru", 123450, "RUB", "1 234,50 ₽"],
    ["en", 999, "USD", "$9.99"],
    ["en", 123450, "RUB", "₽1,234.50"],
    ["uz", 1200000, "UZS", "12 000 so'm"],
    ["ru", 1200000, "UZS", "12 000 сум"],
    ["ru", 50, "XTR", "50 ⭐"],
    ["ru", -50000, "RUB", "−500,00 ₽"],
    ["en", 1500, "JPY", "¥1,500"],
  ] as const)("%s %i %s → %s", (language, amount, currency, expected) => {
    expect(plain(formatMoney(language, { amount, currency }))).toBe(expected);
  });

  it("shortens long sums", () => {
    expect(plain(formatMoneyShort("ru", { amount: 123_456_789_00, currency: "RUB" }))).toBe("123 млн ₽");
    expect(plain(formatMoneyShort("en", { amount: 9_990, currency: "USD" }))).toBe("$99.9");
  });
});

describe("numbers", () => {
  it.each([
    ["en", 9999, "9,999"],
    ["en", 12_345, "12.3K"],
    ["en", 999_999, "1M"],
    ["ru", 1_234_567, "1,2 млн"],
    ["uz", 2_000_000_000, "2 mlrd"],
    ["ru", -54_321, "-54,3 тыс."],
  ] as const)("%s %d → %s", (language, value, expected) => {
    expect(plain(formatShort(language, value))).toBe(expected);
  });

  it("writes percent as each language does", () => {
    expect(plain(formatPercent("en", 33.333))).toBe("33.3%");
    expect(plain(formatPercent("ru", 33.333))).toBe("33,3 %");
  });
});

describe("times", () => {
  const time = new Date("2026-11-20T21:30:05Z");

  it("shows the day of the given zone", () => {
    expect(formatDate("en", "UTC", time)).toBe("20 Nov 2026");
    expect(formatDate("en", "Asia/Tashkent", time)).toBe("21 Nov 2026");
    expect(formatDate("uz", "Asia/Tashkent", time)).toBe("21-noy, 2026");
    expect(plain(formatDate("ru", "Europe/Moscow", time))).toBe("21 нояб. 2026");
    expect(formatExact("en", "Europe/Moscow", time)).toBe("21 Nov 2026, 00:30:05 (Europe/Moscow)");
  });

  it.each([
    ["en", -10, "now"],
    ["en", -50, "1 minute ago"],
    ["ru", -3 * 86_400, "3 дня назад"],
    ["ru", -86_400, "вчера"],
    ["uz", -3 * 86_400, "3 kun oldin"],
    ["uz", -86_400, "kecha"],
    ["uz", 2 * 3600, "2 soatdan keyin"],
    ["uz", 0, "hozir"],
    ["en", -400 * 86_400, "last year"],
  ] as const)("%s %d s → %s", (language, seconds, expected) => {
    expect(formatRelative(language, new Date(time.getTime() + seconds * 1000), time)).toBe(expected);
  });
});

/**
 * How numbers, money and times are written for people. Pure: language, time zone and "now" come in as values.
 *
 * Browsers often lack Uzbek locale data (Chromium does), so Uzbek is written with its own words here and borrows the Russian
 * grouping of digits, which is the same.
 */

export type Language = "en" | "ru" | "uz";
export const languages: readonly Language[] = ["en", "ru", "uz"];

/** Integer minor units and an ISO 4217 code (`XTR` for Telegram Stars). */
export interface Money {
  amount: number;
  currency: string;
}

const numberLocale: Record<Language, string> = { en: "en-US", ru: "ru-RU", uz: "ru-RU" };

/** Digits after the point in the minor unit; two when not listed. */
const minorDigits: Record<string, number> = {
  XTR: 0,
  JPY: 0,
  KRW: 0,
  VND: 0,
  CLP: 0,
  BHD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
  JOD: 3,
};

/** Currencies nobody writes with decimals although their minor unit has them. */
const shownDigits: Record<string, number> = { UZS: 0 };

const symbols: Record<Language, Record<string, string>> = {
  en: { UZS: "so'm", XTR: "⭐" },
  ru: { UZS: "сум", XTR: "⭐" },
  uz: { UZS: "so'm", XTR: "⭐" },
};

export function formatNumber(language: Language, value: number, maximumFractionDigits = 2): string {
  return new Intl.NumberFormat(numberLocale[language], { maximumFractionDigits }).format(value);
}

/** `5` means five percent. */
export function formatPercent(language: Language, value: number, maximumFractionDigits = 1): string {
  const digits = formatNumber(language, value, maximumFractionDigits);
  return language === "ru" ? `${digits} %` : `${digits}%`;
}

const shortScales: Record<Language, readonly [string, string, string]> = {
  en: ["K", "M", "B"],
  ru: [" тыс.", " млн", " млрд"],
  uz: [" ming", " mln", " mlrd"],
};

/** `1.2M`, `1,2 млн`: for tight places; the exact value belongs in a tooltip beside it. */
export function formatShort(language: Language, value: number): string {
  const size = Math.abs(value);
  // 999 950 rounds to 1000.0 thousand, so the next scale begins a little below its power of ten.
  const scale = size >= 999_950_000 ? 3 : size >= 999_950 ? 2 : size >= 10_000 ? 1 : 0;
  if (scale === 0) return formatNumber(language, value);
  const scaled = value / 1000 ** scale;
  return `${formatNumber(language, scaled, Math.abs(scaled) < 100 ? 1 : 0)}${shortScales[language][scale - 1]}`;
}

/** Money from whole units, as rules write it: 1490.5 and RUB. */
export function moneyOfUnits(units: number, currency: string): Money {
  return { amount: Math.round(units * 10 ** (minorDigits[currency.toUpperCase()] ?? 2)), currency };
}

/** `1 234,50 ₽`, `so'm` without decimals, `$9.99`. */
export function formatMoney(language: Language, money: Money): string {
  const code = money.currency.toUpperCase();
  const digits = minorDigits[code] ?? 2;
  const shown = Math.min(digits, shownDigits[code] ?? digits);
  return withCurrency(language, code, money.amount / 10 ** digits, (value) =>
    new Intl.NumberFormat(numberLocale[language], {
      minimumFractionDigits: shown,
      maximumFractionDigits: shown,
    }).format(value),
  );
}

export function formatMoneyShort(language: Language, money: Money): string {
  const code = money.currency.toUpperCase();
  return withCurrency(language, code, money.amount / 10 ** (minorDigits[code] ?? 2), (value) =>
    formatShort(language, value),
  );
}

function withCurrency(language: Language, code: string, value: number, digits: (value: number) => string): string {
  const symbol = symbols[language][code] ?? narrowSymbol(code);
  const sign = value < 0 ? "−" : "";
  const text = digits(Math.abs(value));
  if (language === "en" && symbol.length === 1 && symbol !== "⭐") return `${sign}${symbol}${text}`;
  return `${sign}${text}\u00a0${symbol}`;
}

function narrowSymbol(code: string): string {
  try {
    const parts = new Intl.NumberFormat("en-US", {
      style: "currency",
      currency: code,
      currencyDisplay: "narrowSymbol",
    }).formatToParts(0);
    return parts.find((part) => part.type === "currency")?.value ?? code;
  } catch {
    // Not three letters: show what came.
    return code;
  }
}

const uzbekMonths = ["yan", "fev", "mar", "apr", "may", "iyn", "iyl", "avg", "sen", "okt", "noy", "dek"];

/** `21 Nov 2026`, `21 нояб. 2026`, `21-noy, 2026`. */
export function formatDate(language: Language, timeZone: string, time: Date): string {
  if (language === "uz") {
    const part = zonedParts(timeZone, time);
    return `${Number(part.day)}-${uzbekMonths[Number(part.month) - 1]}, ${part.year}`;
  }
  const date = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "ru-RU", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone,
  }).format(time);
  // "г." after the year says nothing in a table.
  return date.replace(/\s?г\.$/, "");
}

/** `14:05`, or `14:05:09` where seconds matter. */
export function formatClock(timeZone: string, time: Date, precision: "minutes" | "seconds" = "minutes"): string {
  const part = zonedParts(timeZone, time);
  const minutes = `${part.hour}:${part.minute}`;
  return precision === "seconds" ? `${minutes}:${part.second}` : minutes;
}

/** Date and time to the second with the name of the zone: what a tooltip shows. */
export function formatExact(language: Language, timeZone: string, time: Date): string {
  return `${formatDate(language, timeZone, time)}, ${formatClock(timeZone, time, "seconds")} (${timeZone})`;
}

function zonedParts(timeZone: string, time: Date): Record<string, string> {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(time);
  return Object.fromEntries(parts.map((part) => [part.type, part.value]));
}

type Unit = "second" | "minute" | "hour" | "day" | "week" | "month" | "year";
const steps: readonly [Unit, number, number][] = [
  ["second", 1, 45],
  ["minute", 60, 45 * 60],
  ["hour", 3600, 22 * 3600],
  ["day", 86_400, 6.5 * 86_400],
  ["week", 7 * 86_400, 27 * 86_400],
  ["month", 30.44 * 86_400, 340 * 86_400],
  ["year", 365.25 * 86_400, Number.POSITIVE_INFINITY],
];

const uzbekUnits: Record<Unit, string> = {
  second: "soniya",
  minute: "daqiqa",
  hour: "soat",
  day: "kun",
  week: "hafta",
  month: "oy",
  year: "yil",
};

/** `3 days ago`, `3 дня назад`, `3 kun oldin`; under 45 seconds it says "now". */
export function formatRelative(language: Language, time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const size = Math.abs(seconds);
  const [unit, length] = steps.find(([, , limit]) => size < limit) ?? ["year", 365.25 * 86_400];
  const count = unit === "second" ? 0 : Math.round(seconds / length) || Math.sign(seconds);
  if (language !== "uz") {
    return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(count, unit);
  }
  if (count === 0) return "hozir";
  if (unit === "day" && count === -1) return "kecha";
  if (unit === "day" && count === 1) return "ertaga";
  return count < 0 ? `${-count} ${uzbekUnits[unit]} oldin` : `${count} ${uzbekUnits[unit]}dan keyin`;
}

const byteUnits: Record<Language, readonly string[]> = {
  en: ["B", "kB", "MB", "GB", "TB"],
  ru: ["Б", "КБ", "МБ", "ГБ", "ТБ"],
  uz: ["B", "KB", "MB", "GB", "TB"],
};

export function formatBytes(language: Language, bytes: number): string {
  const scale = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${formatNumber(language, bytes / 1000 ** scale, scale === 0 ? 0 : 1)} ${byteUnits[language][scale]}`;
}

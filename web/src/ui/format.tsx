import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import type { Label } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import {
  formatBytes,
  formatClock,
  formatDate,
  formatExact,
  formatMoney,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatRelative,
  formatShort,
  type Language,
  type Money,
} from "@/lib/format";
import { Tooltip } from "./tooltip";

const TimeZone = createContext("UTC");

/** The zone in which everything below shows its times: the workspace's. */
export function TimeZoneProvider({ timeZone, children }: { timeZone: string; children: ReactNode }) {
  return <TimeZone value={timeZone}>{children}</TimeZone>;
}

/** Formatting bound to the reader's language and the workspace's time zone. */
export function useFormat() {
  const { i18n } = useTranslation();
  const timeZone = useContext(TimeZone);
  const language = i18n.language as Language;
  return useMemo(
    () => ({
      language,
      timeZone,
      label: (label: Label | string) => (typeof label === "string" ? label : label[language] || label.en),
      number: (value: number, digits?: number) => formatNumber(language, value, digits),
      short: (value: number) => formatShort(language, value),
      percent: (value: number) => formatPercent(language, value),
      money: (money: Money) => formatMoney(language, money),
      moneyShort: (money: Money) => formatMoneyShort(language, money),
      bytes: (value: number) => formatBytes(language, value),
      date: (time: string | Date) => formatDate(language, timeZone, new Date(time)),
      clock: (time: string | Date, precision?: "minutes" | "seconds") =>
        formatClock(timeZone, new Date(time), precision),
      exact: (time: string | Date) => formatExact(language, timeZone, new Date(time)),
      relative: (time: string | Date, now: Date) => formatRelative(language, new Date(time), now),
    }),
    [language, timeZone],
  );
}

// One clock for the whole page: every relative time moves on together, twice a minute.
const clockListeners = new Set<() => void>();
let clockNow = new Date();
let clockTimer: ReturnType<typeof setInterval> | undefined;

function subscribeClock(listener: () => void): () => void {
  if (clockListeners.size === 0) clockNow = new Date();
  clockListeners.add(listener);
  clockTimer ??= setInterval(() => {
    clockNow = new Date();
    for (const each of clockListeners) each();
  }, 30_000);
  return () => {
    clockListeners.delete(listener);
    if (clockListeners.size === 0) {
      clearInterval(clockTimer);
      clockTimer = undefined;
    }
  };
}

/** The present, renewed every half minute. */
export function useNow(): Date {
  return useSyncExternalStore(subscribeClock, () => clockNow);
}

export interface TimeProps {
  /** RFC 3339; `null` shows a dash. */
  value: string | null | undefined;
  /** `relative`: "3 days ago"; `date`: the day; `datetime`: day and minute. The exact time is always in the tooltip. */
  as?: "relative" | "date" | "datetime";
  className?: string;
}

export function Time({ value, as = "relative", className }: TimeProps) {
  const format = useFormat();
  const now = useNow();
  if (!value) return <Nothing />;
  const text =
    as === "relative"
      ? format.relative(value, now)
      : as === "date"
        ? format.date(value)
        : `${format.date(value)}, ${format.clock(value)}`;
  return (
    <Tooltip content={format.exact(value)}>
      <time dateTime={value} className={className ?? "nums whitespace-nowrap"}>
        {text}
      </time>
    </Tooltip>
  );
}

/** A value that is not there. */
export function Nothing() {
  const { t } = useTranslation();
  return (
    <span className="text-ink-3">
      <span aria-hidden>—</span>
      <span className="sr-only">{t("value.none")}</span>
    </span>
  );
}

/** A number; from 10 000 on shortened when `short`, with the exact value on hover and focus. */
export function NumberText({
  value,
  unit,
  short,
  digits,
}: {
  value: number | null | undefined;
  unit?: string | null;
  short?: boolean;
  digits?: number;
}) {
  const format = useFormat();
  if (value === null || value === undefined) return <Nothing />;
  const exact = format.number(value, digits);
  const shown = short ? format.short(value) : exact;
  return <Shortened shown={unit ? `${shown}\u00a0${unit}` : shown} exact={unit ? `${exact}\u00a0${unit}` : exact} />;
}

export function MoneyText({ value, short }: { value: Money | null | undefined; short?: boolean }) {
  const format = useFormat();
  if (!value) return <Nothing />;
  const exact = format.money(value);
  return <Shortened shown={short ? format.moneyShort(value) : exact} exact={exact} />;
}

function Shortened({ shown, exact }: { shown: string; exact: string }) {
  if (shown === exact) return <span className="nums whitespace-nowrap">{shown}</span>;
  return (
    <Tooltip content={<span className="nums">{exact}</span>}>
      <span
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact value must be reachable by keyboard
        tabIndex={0}
        className="nums whitespace-nowrap underline decoration-line-strong decoration-dotted underline-offset-3"
      >
        {shown}
      </span>
    </Tooltip>
  );
}

import { CalendarRange, X } from "lucide-react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { Field } from "./field";
import { useFormat } from "./format";
import { Input } from "./input";
import { Popover } from "./popover";

/** Days as `2026-11-21` in the workspace's time zone, both included; either end may be open. */
export interface DateRange {
  from?: string;
  to?: string;
}

export interface DateRangePickerProps {
  value: DateRange;
  onChange: (range: DateRange) => void;
  label: string;
}

const presets = [7, 30, 90] as const;

/** The one picker of a range of days. */
export function DateRangePicker({ value, onChange, label }: DateRangePickerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = value.from !== undefined || value.to !== undefined;
  // Noon keeps the day the same in every time zone.
  const day = (text: string) => format.date(`${text}T12:00:00Z`);
  const words = !set
    ? label
    : value.from && value.to
      ? `${day(value.from)} – ${day(value.to)}`
      : value.from
        ? t("range.since", { day: day(value.from) })
        : t("range.until", { day: day(value.to ?? "") });

  function lastDays(count: number): void {
    const today = new Date();
    const from = new Date(today.getTime() - (count - 1) * 86_400_000);
    onChange({ from: dayIn(format.timeZone, from), to: dayIn(format.timeZone, today) });
  }

  return (
    <Popover
      title={label}
      trigger={
        <Button className={cn(set && "border-accent/45 bg-accent-soft text-accent-text")}>
          <CalendarRange aria-hidden />
          {words}
        </Button>
      }
    >
      <div className="mb-3 flex flex-wrap gap-1">
        {presets.map((count) => (
          <Button key={count} size="sm" variant="ghost" onClick={() => lastDays(count)}>
            {t("range.lastDays", { count })}
          </Button>
        ))}
      </div>
      <div className="grid grid-cols-2 gap-2">
        <Field label={t("range.from")}>
          <Input
            type="date"
            max={value.to}
            value={value.from ?? ""}
            onChange={(event) => onChange({ ...value, from: event.target.value || undefined })}
          />
        </Field>
        <Field label={t("range.to")}>
          <Input
            type="date"
            min={value.from}
            value={value.to ?? ""}
            onChange={(event) => onChange({ ...value, to: event.target.value || undefined })}
          />
        </Field>
      </div>
      {set && (
        <Button size="sm" variant="ghost" className="mt-2" onClick={() => onChange({})}>
          <X aria-hidden />
          {t("range.clear")}
        </Button>
      )}
    </Popover>
  );
}

/** The calendar day of an instant in a time zone, as `2026-11-21`. */
export function dayIn(timeZone: string, time: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(time);
}

/** The instant a day begins in a time zone. */
export function startOfDay(timeZone: string, day: string): Date {
  // The offset at the wanted moment is found by asking what the zone's clock shows at the same UTC time; a second
  // round settles days on which the clock changes.
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let instant = wanted;
  for (let round = 0; round < 2; round++) instant = wanted - offsetAt(timeZone, instant);
  return new Date(instant);
}

function offsetAt(timeZone: string, instant: number): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    })
      .formatToParts(instant)
      .map((part) => [part.type, part.value]),
  );
  const shown = Date.parse(`${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}Z`);
  return shown - Math.floor(instant / 1000) * 1000;
}

/** Query parameters of a range: the first instant of the first day, the first instant after the last day. */
export function rangeQuery(timeZone: string, range: DateRange): { from?: string; to?: string } {
  const dayAfter = (day: string) => new Date(Date.parse(`${day}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    from: range.from && startOfDay(timeZone, range.from).toISOString(),
    to: range.to && startOfDay(timeZone, dayAfter(range.to)).toISOString(),
  };
}

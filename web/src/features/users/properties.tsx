import type { ReactNode } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { Time, useFormat } from "@/ui/format";

/** `used_vision` → `used vision`: names of the product's own, made readable. */
export function humanName(name: string): string {
  const words = name
    .replace(/^\$/, "")
    .replace(/([a-zа-яё\d])([A-ZА-ЯЁ])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim();
  return words === "" ? name : words;
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** One value of a product's event or record, as a person reads it. */
export function PropertyValue({ value }: { value: unknown }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? t("value.yes") : t("value.no");
  if (typeof value === "number") return <span className="nums">{format.number(value, 6)}</span>;
  if (typeof value === "string") return moment.test(value) ? <Time value={value} as="datetime" /> : value;
  return <code className="font-mono text-xs break-all">{JSON.stringify(value)}</code>;
}

/** Names and values of an event in one flowing line. */
export function Properties({ properties }: { properties: Record<string, unknown> }) {
  const entries = Object.entries(properties).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return null;
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-0.5">
      {entries.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="shrink-0 text-ink-3">{humanName(name)}:</dt>
          <dd className="min-w-0 break-words">
            <PropertyValue value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

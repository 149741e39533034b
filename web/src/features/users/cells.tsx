import type { ReactNode } from "react";
import type { Field, FieldScalar, Money } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Nothing, Time, useFormat } from "@/ui/format";
import { Tooltip } from "@/ui/tooltip";

/** Numbers of every sort stand at the right end of their column. */
export function isNumeric(field: Field): boolean {
  return ["integer", "number", "percent", "money"].includes(field.type);
}

export interface FieldValueProps {
  field: Field;
  value: FieldScalar | undefined;
}

/** One value of a user, written by its field's type. */
export function FieldValue({ field, value }: FieldValueProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (value === null || value === undefined || value === "") return <NoValue field={field} />;
  switch (field.type) {
    case "money":
      return isMoney(value) ? <span className="nums whitespace-nowrap">{format.money(value)}</span> : String(value);
    case "integer":
    case "number":
      return <span className="nums whitespace-nowrap">{format.number(Number(value))}</span>;
    case "percent":
      return <span className="nums whitespace-nowrap">{format.percent(Number(value))}</span>;
    case "boolean":
      return value === true ? t("value.yes") : <span className="text-ink-3">{t("value.no")}</span>;
    case "timestamp":
      return <Time value={String(value)} />;
    case "enum":
      return <EnumValue field={field} value={String(value)} />;
    default:
      return <TextValue field={field} value={String(value)} />;
  }
}

function EnumValue({ field, value }: { field: Field; value: string }) {
  const format = useFormat();
  const known = field.values?.find((item) => item.value === value);
  return (
    <Badge tone={known?.tone ?? "muted"} icon>
      {known ? format.label(known.label) : value}
    </Badge>
  );
}

function TextValue({ field, value }: { field: Field; value: string }): ReactNode {
  if (field.key === "id") return <span className="font-mono text-xs">{value}</span>;
  if (field.key === "telegram_username") return `@${value.replace(/^@/, "")}`;
  return value;
}

/** A dash that says, on hover, what it means that nothing is there. */
function NoValue({ field }: { field: Field }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Tooltip content={`${t("users.noValue")}\n${format.label(field.description)}`}>
      <span>
        <Nothing />
      </span>
    </Tooltip>
  );
}

export function isMoney(value: unknown): value is Money {
  return typeof value === "object" && value !== null && "amount" in value && "currency" in value;
}

import { useTranslation } from "react-i18next";
import type { Field as FieldDefinition, Money } from "@/api/types";
import { MultiCombobox } from "../combobox";
import { useFormat } from "../format";
import { Input } from "../input";
import { Select } from "../select";
import { type Condition, type ConditionValue, emptyValue, needsValue, type Operator, operatorsFor } from "./tree";

export interface ConditionEditorProps {
  field: FieldDefinition;
  condition: Condition;
  onChange: (condition: Condition) => void;
}

/** Operator and value of one condition, by the field's type. */
export function ConditionEditor({ field, condition, onChange }: ConditionEditorProps) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        label={t("rule.operator")}
        className="w-auto min-w-36"
        value={condition.op}
        options={operatorsFor(field).map((op) => ({ value: op, label: operatorLabel(t, field, op) }))}
        onChange={(op) => {
          const keep = sameShape(field, condition.op, op);
          const value = keep ? condition.value : emptyValue(field, op);
          onChange(value === undefined ? { field: field.key, op } : { field: field.key, op, value });
        }}
      />
      {needsValue(condition.op) && (
        <ValueEditor
          field={field}
          op={condition.op}
          value={condition.value}
          onChange={(value) => onChange({ ...condition, value })}
        />
      )}
    </>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

export function operatorLabel(t: Translate, field: FieldDefinition, op: Operator): string {
  if (field.type === "timestamp" && op === "lt") return t("rule.op.before");
  if (field.type === "timestamp" && op === "ge") return t("rule.op.since");
  return t(`rule.op.${op}`);
}

function sameShape(field: FieldDefinition, from: Operator, to: Operator): boolean {
  const before = emptyValue(field, from);
  const after = emptyValue(field, to);
  return typeof before === typeof after && Array.isArray(before) === Array.isArray(after);
}

interface ValueEditorProps {
  field: FieldDefinition;
  op: Operator;
  value: ConditionValue | undefined;
  onChange: (value: ConditionValue) => void;
}

function ValueEditor({ field, op, value, onChange }: ValueEditorProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = t("rule.value");
  if (op === "in" || op === "not_in") {
    const options = (field.values ?? []).map((item) => ({ value: item.value, label: format.label(item.label) }));
    return (
      <div className="min-w-48 flex-1">
        <MultiCombobox
          label={label}
          placeholder={t("rule.chooseValues")}
          value={Array.isArray(value) ? value : []}
          options={options}
          onChange={onChange}
        />
      </div>
    );
  }
  if (op === "within_days" || op === "older_than_days") {
    return (
      <span className="flex items-center gap-2">
        <NumberInput
          label={label}
          value={typeof value === "number" ? value : 7}
          onChange={onChange}
          min={0}
          className="w-20"
        />
        <span className="text-sm text-ink-2">{t("rule.days", { count: typeof value === "number" ? value : 7 })}</span>
      </span>
    );
  }
  switch (field.type) {
    case "boolean":
      return (
        <Select
          label={label}
          className="w-auto min-w-24"
          value={value === false ? "false" : "true"}
          options={[
            { value: "true", label: t("value.yes") },
            { value: "false", label: t("value.no") },
          ]}
          onChange={(next) => onChange(next === "true")}
        />
      );
    case "money": {
      const money = isMoney(value) ? value : { amount: 0, currency: field.currency ?? "USD" };
      return (
        <span className="flex items-center gap-2">
          <NumberInput
            label={label}
            value={money.amount / 100}
            onChange={(next) => onChange({ ...money, amount: Math.round(next * 100) })}
            className="w-32"
          />
          <span className="text-sm text-ink-2">{money.currency}</span>
        </span>
      );
    }
    case "integer":
    case "number":
    case "percent":
      return (
        <span className="flex items-center gap-2">
          <NumberInput
            label={label}
            value={typeof value === "number" ? value : 0}
            onChange={onChange}
            className="w-28"
          />
          {field.type === "percent" && <span className="text-sm text-ink-2">%</span>}
        </span>
      );
    case "timestamp":
      return (
        <Input
          type="date"
          aria-label={label}
          className="w-40"
          value={typeof value === "string" ? value.slice(0, 10) : ""}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return (
        <Input
          aria-label={label}
          className="min-w-40 flex-1"
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

function isMoney(value: ConditionValue | undefined): value is Money {
  return typeof value === "object" && value !== null && "amount" in value;
}

interface NumberInputProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
  min?: number;
  className?: string;
}

function NumberInput({ label, value, onChange, min, className }: NumberInputProps) {
  return (
    <Input
      type="number"
      aria-label={label}
      className={className}
      min={min}
      step="any"
      defaultValue={String(value)}
      onChange={(event) => {
        const next = event.target.valueAsNumber;
        if (Number.isFinite(next)) onChange(next);
      }}
    />
  );
}

/** "API status is one of: error 401": a condition in words. */
export function useConditionText(): (condition: Condition, field: FieldDefinition | undefined) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (condition, field) => {
    if (!field) return condition.field;
    const name = format.label(field.label);
    const op = operatorLabel(t, field, condition.op);
    if (!needsValue(condition.op)) return `${name} ${op}`;
    return `${name} ${op} ${valueText(condition, field)}`;
  };

  function valueText({ op, value }: Condition, field: FieldDefinition): string {
    if (Array.isArray(value)) {
      return value
        .map((item) => {
          const known = field.values?.find((candidate) => candidate.value === item);
          return known ? format.label(known.label) : item;
        })
        .join(", ");
    }
    if (typeof value === "boolean") return value ? t("value.yes") : t("value.no");
    if (isMoney(value)) return format.money(value);
    if (op === "within_days" || op === "older_than_days") {
      const count = Number(value);
      return `${format.number(count)} ${t("rule.days", { count })}`;
    }
    if (typeof value === "number") return field.type === "percent" ? format.percent(value) : format.number(value);
    if (field.type === "timestamp" && value) return format.date(value);
    return value ?? "";
  }
}

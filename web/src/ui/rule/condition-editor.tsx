import type { Field as FieldDefinition } from "@/api/types";
import { type Translate, useTranslation } from "@/i18n/use-translation";
import { dayInZone, startOfDay } from "@/lib/zone";
import { MultiCombobox } from "../combobox";
import { useFormat } from "../format";
import { Input } from "../input";
import { Select } from "../select";
import {
  type Condition,
  type ConditionValue,
  emptyValue,
  needsValue,
  type Operator,
  operatorsFor,
  readSpan,
  spanUnits,
  takesSpan,
} from "./tree";

export interface ConditionEditorProps {
  field: FieldDefinition;
  condition: Condition;
  onChange: (condition: Condition) => void;
}

/** Operator and value of one condition, by the field's type. */
export function ConditionEditor({ field, condition, onChange }: ConditionEditorProps) {
  const { t } = useTranslation();
  const offered = operatorsFor(field);
  // A rule written as text may use one the builder would not offer; it stays choosable while it is there.
  const operators = offered.includes(condition.operator) ? offered : [condition.operator, ...offered];
  return (
    <>
      <Select
        label={t("rule.operator")}
        className="w-auto min-w-36"
        value={condition.operator}
        options={operators.map((value) => ({ value, label: operatorLabel(t, field, value) }))}
        onChange={(operator) => {
          const keep = sameShape(field, condition.operator, operator);
          const value = keep ? condition.value : emptyValue(field, operator);
          onChange(value === undefined ? { field: field.key, operator } : { field: field.key, operator, value });
        }}
      />
      {needsValue(condition.operator) && (
        <ValueEditor
          field={field}
          operator={condition.operator}
          value={condition.value}
          onChange={(value) => onChange({ ...condition, value })}
        />
      )}
    </>
  );
}

export function operatorLabel(t: Translate, field: FieldDefinition, operator: Operator): string {
  if (field.type === "timestamp" && (operator === "less_than" || operator === "at_most")) return t("rule.op.before");
  if (field.type === "timestamp" && (operator === "at_least" || operator === "more_than")) return t("rule.op.since");
  return t(`rule.op.${operator}`);
}

function sameShape(field: FieldDefinition, from: Operator, to: Operator): boolean {
  const before = emptyValue(field, from);
  const after = emptyValue(field, to);
  return (
    typeof before === typeof after &&
    Array.isArray(before) === Array.isArray(after) &&
    takesSpan(from) === takesSpan(to)
  );
}

interface ValueEditorProps {
  field: FieldDefinition;
  operator: Operator;
  value: ConditionValue | undefined;
  onChange: (value: ConditionValue) => void;
}

function ValueEditor({ field, operator, value, onChange }: ValueEditorProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = t("rule.value");
  const choices = (field.values ?? []).map((item) => ({ value: item.value, label: format.label(item.label) }));
  if (operator === "in" || operator === "not_in") {
    const numeric = field.type === "integer" || field.type === "number";
    return (
      <div className="min-w-48 flex-1">
        <MultiCombobox
          label={label}
          placeholder={t("rule.chooseValues")}
          value={Array.isArray(value) ? value.map(String) : []}
          options={choices}
          onChange={(items) => onChange(numeric ? items.map(Number) : items)}
        />
      </div>
    );
  }
  if (takesSpan(operator)) return <SpanEditor value={value} onChange={onChange} />;
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
    case "enum":
      return (
        <Select
          label={label}
          className="w-auto min-w-36"
          placeholder={t("rule.chooseValues")}
          value={typeof value === "string" && value !== "" ? value : null}
          options={choices}
          onChange={onChange}
        />
      );
    case "money":
    case "integer":
    case "number":
    case "percent": {
      const unit = field.type === "percent" ? "%" : field.type === "money" ? field.currency : null;
      return (
        <span className="flex items-center gap-2">
          <NumberInput
            label={label}
            value={typeof value === "number" ? value : 0}
            onChange={onChange}
            className="w-28"
          />
          {unit && <span className="text-sm text-ink-2">{unit}</span>}
        </span>
      );
    }
    case "timestamp":
      return (
        <Input
          type="date"
          aria-label={label}
          className="w-40"
          value={typeof value === "string" && value !== "" ? dayInZone(format.timeZone, new Date(value)) : ""}
          onChange={(event) => {
            const day = event.target.value;
            onChange(day === "" ? "" : startOfDay(format.timeZone, day).toISOString());
          }}
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

/** A length of time: a number and its unit, or as written when it has several units. */
function SpanEditor({ value, onChange }: Pick<ValueEditorProps, "value" | "onChange">) {
  const { t } = useTranslation();
  const span = readSpan(value);
  if (!span) {
    return (
      <Input
        aria-label={t("rule.value")}
        className="w-28"
        value={typeof value === "string" ? value : ""}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <span className="flex items-center gap-2">
      <NumberInput
        label={t("rule.value")}
        value={span.count}
        onChange={(count) => onChange(`${Math.max(0, Math.round(count))}${span.unit}`)}
        min={0}
        className="w-20"
      />
      <Select
        label={t("rule.unit")}
        className="w-auto min-w-24"
        value={span.unit}
        options={spanUnits.map((unit) => ({ value: unit, label: t(`rule.span.${unit}`, { count: span.count }) }))}
        onChange={(unit) => onChange(`${span.count}${unit}`)}
      />
    </span>
  );
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

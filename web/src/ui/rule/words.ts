import type { Field } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { moneyOfUnits } from "@/lib/format";
import { useFormat } from "../format";
import { operatorLabel } from "./condition-editor";
import {
  type Condition,
  childrenOf,
  isCondition,
  isNegation,
  isWritten,
  needsValue,
  type Operator,
  type RuleTree,
  readSpan,
  takesSpan,
} from "./tree";

const signs: Partial<Record<Operator, string>> = {
  is: "=",
  is_not: "≠",
  less_than: "<",
  at_most: "≤",
  more_than: ">",
  at_least: "≥",
};

function isNumeric(field: Field): boolean {
  return ["integer", "number", "percent", "money"].includes(field.type);
}

/** "API status: Error 401", "Balance > 0": a condition in words. */
export function useConditionText(): (condition: Condition, field: Field | undefined) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (condition, field) => {
    if (!field) return condition.field;
    const name = format.label(field.label);
    const { operator } = condition;
    if (!needsValue(operator)) return `${name}: ${operatorLabel(t, field, operator)}`;
    const value = valueText(condition, field);
    if (operator === "in" || (operator === "is" && !isNumeric(field))) return `${name}: ${value}`;
    if (operator === "not_in") return `${name}: ${t("rule.words.except")} ${value}`;
    const span = operator === "longer_ago_than" ? readSpan(condition.value) : null;
    if (span) {
      return `${name}: ${t(`rule.ago.${span.unit}`, { count: span.count, number: format.number(span.count) })}`;
    }
    // Signs need no grammar: names of fields have every gender and number.
    const sign = field.type === "timestamp" ? undefined : signs[operator];
    return sign ? `${name} ${sign} ${value}` : `${name}: ${operatorLabel(t, field, operator)} ${value}`;
  };

  function valueText({ operator, value }: Condition, field: Field): string {
    if (Array.isArray(value)) return value.map((item) => choiceText(field, String(item))).join(", ");
    if (typeof value === "boolean") return value ? t("value.yes") : t("value.no");
    const span = takesSpan(operator) ? readSpan(value) : null;
    if (span) return `${format.number(span.count)} ${t(`rule.span.${span.unit}`, { count: span.count })}`;
    if (typeof value === "number") return numberText(field, value);
    if (field.type === "timestamp" && value && !takesSpan(operator)) return format.date(value);
    return choiceText(field, value ?? "");
  }

  function choiceText(field: Field, value: string): string {
    const known = field.values?.find((candidate) => candidate.value === value);
    return known ? format.label(known.label) : value;
  }

  function numberText(field: Field, value: number): string {
    if (field.type === "percent") return format.percent(value);
    if (field.type === "money" && field.currency) return format.money(moneyOfUnits(value, field.currency));
    return format.number(value);
  }
}

/** A whole rule in words: "Balance more than 0 and (Spend per day equals 0 or …)". */
export function useRuleText(fields: readonly Field[]): (tree: RuleTree) => string {
  const { t } = useTranslation();
  const condition = useConditionText();
  return (tree) => words(tree, "alone");

  function words(tree: RuleTree, place: "alone" | "inside"): string {
    if (isCondition(tree)) {
      return condition(
        tree,
        fields.find((field) => field.key === tree.field),
      );
    }
    if (isWritten(tree)) return tree.expression;
    if (isNegation(tree)) return `${t("rule.words.not")} (${words(tree.not, "alone")})`;
    const joint = "all" in tree ? t("rule.words.and") : t("rule.words.or");
    const text = childrenOf(tree)
      .map((child) => words(child, "inside"))
      .join(` ${joint} `);
    return place === "inside" ? `(${text})` : text;
  }
}

import type { Field, FieldType, Money } from "@/api/types";

/** The tree of the visual builder; the server turns it into the rule language and back (`POST …/rules/check`). */
export type RuleTree = Group | Negation | Condition;
export type Group = { all: RuleTree[] } | { any: RuleTree[] };
export interface Negation {
  not: RuleTree;
}
export interface Condition {
  field: string;
  op: Operator;
  value?: ConditionValue;
}
export type ConditionValue = string | number | boolean | string[] | Money;

export type Operator =
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "contains"
  | "starts_with"
  | "in"
  | "not_in"
  | "is_set"
  | "is_not_set"
  | "within_days"
  | "older_than_days";

const presence: readonly Operator[] = ["is_set", "is_not_set"];
const comparisons: readonly Operator[] = ["eq", "ne", "lt", "le", "gt", "ge"];

const byType: Record<FieldType, readonly Operator[]> = {
  text: ["contains", "eq", "ne", "starts_with"],
  integer: comparisons,
  number: comparisons,
  percent: comparisons,
  money: comparisons,
  boolean: ["eq"],
  timestamp: ["within_days", "older_than_days", "lt", "ge"],
  enum: ["in", "not_in"],
};

/** What can be asked of a field, the likeliest first. */
export function operatorsFor(field: Field): readonly Operator[] {
  return field.nullable ? [...byType[field.type], ...presence] : byType[field.type];
}

export function needsValue(op: Operator): boolean {
  return !presence.includes(op);
}

/** A condition a person can start from. */
export function newCondition(field: Field): Condition {
  const op = operatorsFor(field)[0] ?? "eq";
  const value = emptyValue(field, op);
  return value === undefined ? { field: field.key, op } : { field: field.key, op, value };
}

export function emptyValue(field: Field, op: Operator): ConditionValue | undefined {
  if (!needsValue(op)) return undefined;
  if (op === "in" || op === "not_in") return [];
  if (op === "within_days" || op === "older_than_days") return 7;
  if (field.type === "boolean") return true;
  if (field.type === "money") return { amount: 0, currency: field.currency ?? "USD" };
  if (field.type === "integer" || field.type === "number" || field.type === "percent") return 0;
  return "";
}

export function isCondition(tree: RuleTree): tree is Condition {
  return "field" in tree;
}

export function isNegation(tree: RuleTree): tree is Negation {
  return "not" in tree;
}

export function childrenOf(group: Group): RuleTree[] {
  return "all" in group ? group.all : group.any;
}

export function withChildren(group: Group, children: RuleTree[]): Group {
  return "all" in group ? { all: children } : { any: children };
}

/** Everything is said: no empty group, no value left out. */
export function isComplete(tree: RuleTree): boolean {
  if (isCondition(tree)) {
    if (!needsValue(tree.op)) return true;
    if (tree.value === undefined || tree.value === "") return false;
    return !(Array.isArray(tree.value) && tree.value.length === 0);
  }
  if (isNegation(tree)) return isComplete(tree.not);
  const children = childrenOf(tree);
  return children.length > 0 && children.every(isComplete);
}

/** The conditions when the tree is a plain "all of these", as chips can show it; `null` when it is more than that. */
export function plainConditions(tree: RuleTree | null): Condition[] | null {
  if (tree === null) return [];
  if (isCondition(tree)) return [tree];
  if ("all" in tree && tree.all.every(isCondition)) return tree.all.filter(isCondition);
  return null;
}

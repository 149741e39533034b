import type { Field, FieldType } from "@/api/types";

/** The tree of the visual builder; the server turns it into the rule language and back (`POST …/rules/check`). */
export type RuleTree = Group | Negation | Condition | Written;
export type Group = { all: RuleTree[] } | { any: RuleTree[] };
export interface Negation {
  not: RuleTree;
}
/** A field compared with a constant. */
export interface Condition {
  field: string;
  operator: Operator;
  /** Money in whole units, times as RFC 3339, durations as `3d`; nothing for `is_set` and `is_not_set`. */
  value?: ConditionValue;
}
/** A part the builder has no form for, in the rule language. */
export interface Written {
  expression: string;
}
export type ConditionValue = string | number | boolean | (string | number)[];

export type Operator =
  | "is"
  | "is_not"
  | "in"
  | "not_in"
  | "less_than"
  | "at_most"
  | "more_than"
  | "at_least"
  | "contains"
  | "starts_with"
  | "ends_with"
  | "is_set"
  | "is_not_set"
  | "within_last"
  | "longer_ago_than"
  | "within_next";

const presence: readonly Operator[] = ["is_set", "is_not_set"];
const spans: readonly Operator[] = ["within_last", "longer_ago_than", "within_next"];
const comparisons: readonly Operator[] = ["is", "is_not", "less_than", "at_most", "more_than", "at_least"];

const byType: Record<FieldType, readonly Operator[]> = {
  text: ["contains", "is", "is_not", "starts_with", "ends_with"],
  integer: comparisons,
  number: comparisons,
  percent: comparisons,
  money: comparisons,
  boolean: ["is"],
  timestamp: ["within_last", "longer_ago_than", "within_next", "less_than", "at_least"],
  enum: ["in", "not_in"],
};

/** What can be asked of a field, the likeliest first. */
export function operatorsFor(field: Field): readonly Operator[] {
  return field.nullable ? [...byType[field.type], ...presence] : byType[field.type];
}

export function needsValue(operator: Operator): boolean {
  return !presence.includes(operator);
}

/** The operator's value is a length of time such as `3d`. */
export function takesSpan(operator: Operator): boolean {
  return spans.includes(operator);
}

/** A condition a person can start from. */
export function newCondition(field: Field): Condition {
  const operator = operatorsFor(field)[0] ?? "is";
  const value = emptyValue(field, operator);
  return value === undefined ? { field: field.key, operator } : { field: field.key, operator, value };
}

export function emptyValue(field: Field, operator: Operator): ConditionValue | undefined {
  if (!needsValue(operator)) return undefined;
  if (operator === "in" || operator === "not_in") return [];
  if (takesSpan(operator)) return "7d";
  if (field.type === "boolean") return true;
  if (field.type === "text" || field.type === "timestamp" || field.type === "enum") return "";
  return 0;
}

export function isCondition(tree: RuleTree): tree is Condition {
  return "field" in tree;
}

export function isNegation(tree: RuleTree): tree is Negation {
  return "not" in tree;
}

export function isWritten(tree: RuleTree): tree is Written {
  return "expression" in tree;
}

export function isGroup(tree: RuleTree): tree is Group {
  return "all" in tree || "any" in tree;
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
    if (!needsValue(tree.operator)) return true;
    if (tree.value === undefined || tree.value === "") return false;
    return !(Array.isArray(tree.value) && tree.value.length === 0);
  }
  if (isWritten(tree)) return tree.expression.trim() !== "";
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

/** The tree with one more condition that must hold as well. */
export function withCondition(tree: RuleTree | null, condition: Condition): RuleTree {
  if (tree === null) return condition;
  return "all" in tree ? { all: [...tree.all, condition] } : { all: [tree, condition] };
}

export const spanUnits = ["h", "d", "w"] as const;
export type SpanUnit = (typeof spanUnits)[number];

/** `3d` → 3 and `d`; `null` for a length of several units, such as `1d12h`. */
export function readSpan(text: ConditionValue | undefined): { count: number; unit: SpanUnit } | null {
  const match = typeof text === "string" ? /^(\d+)([hdw])$/.exec(text) : null;
  return match ? { count: Number(match[1]), unit: match[2] as SpanUnit } : null;
}

export { RuleBuilder, type RuleBuilderProps, type RuleProblem } from "./rule-builder";
export * from "./tree";
export { useConditionText, useRuleText } from "./words";

export { useConditionText } from "./condition-editor";
export { RuleBuilder, type RuleBuilderProps, type RuleProblem } from "./rule-builder";
export * from "./tree";

import { Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Field as FieldDefinition } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button, IconButton } from "../button";
import { Combobox } from "../combobox";
import { useFormat } from "../format";
import { Input, Textarea } from "../input";
import { Select } from "../select";
import { ConditionEditor } from "./condition-editor";
import {
  type Condition,
  childrenOf,
  type Group,
  isCondition,
  isGroup,
  isNegation,
  isWritten,
  newCondition,
  type RuleTree,
  withChildren,
} from "./tree";

/** What is wrong with a written rule, and where. */
export interface RuleProblem {
  message: string;
  /** Offset in the text where it went wrong. */
  position?: number;
  suggestion?: string;
}

export interface RuleBuilderProps {
  fields: readonly FieldDefinition[];
  mode: "visual" | "text";
  onModeChange: (mode: "visual" | "text") => void;
  tree: RuleTree | null;
  onTreeChange: (tree: RuleTree | null) => void;
  text: string;
  onTextChange: (text: string) => void;
  problem?: RuleProblem | null;
  /** The written rule says more than the visual builder can show. */
  visualUnavailable?: boolean;
  /** Live result, such as how many users match. */
  result?: ReactNode;
}

/** Who matches: nested all / any / not over typed fields, or the rule language itself. Knows nothing of where rules are used. */
export function RuleBuilder(props: RuleBuilderProps) {
  const { t } = useTranslation();
  const { mode, onModeChange, fields, tree, onTreeChange } = props;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <fieldset className="inline-flex rounded-md border border-line-strong p-0.5">
          <legend className="sr-only">{t("rule.mode")}</legend>
          {(["visual", "text"] as const).map((item) => (
            <Button
              key={item}
              size="sm"
              variant="ghost"
              aria-pressed={mode === item}
              disabledReason={item === "visual" && props.visualUnavailable && t("rule.visualUnavailable")}
              className={cn("h-6", mode === item && "bg-accent-soft text-accent-text")}
              onClick={() => onModeChange(item)}
            >
              {t(`rule.modes.${item}`)}
            </Button>
          ))}
        </fieldset>
        <span className="ml-auto text-sm text-ink-2" aria-live="polite">
          {props.result}
        </span>
      </div>
      {mode === "visual" ? (
        <Node
          fields={fields}
          tree={tree ?? { all: [] }}
          depth={0}
          onChange={(next) => onTreeChange(isEmptyGroup(next) ? null : next)}
        />
      ) : (
        <TextRule {...props} />
      )}
      {mode === "visual" && props.problem && <p className="text-sm text-danger-text">{props.problem.message}</p>}
    </div>
  );
}

function isEmptyGroup(tree: RuleTree): boolean {
  return isGroup(tree) && childrenOf(tree).length === 0;
}

interface NodeProps {
  fields: readonly FieldDefinition[];
  tree: RuleTree;
  depth: number;
  onChange: (tree: RuleTree) => void;
  onRemove?: () => void;
}

function Node({ fields, tree, depth, onChange, onRemove }: NodeProps) {
  if (isCondition(tree)) {
    return <ConditionRow fields={fields} condition={tree} onChange={onChange} onRemove={onRemove} />;
  }
  if (isWritten(tree)) return <WrittenRow text={tree.expression} onChange={onChange} onRemove={onRemove} />;
  if (isNegation(tree)) {
    const inner = tree.not;
    const group: Group = isGroup(inner) ? inner : { all: [inner] };
    return <GroupBox fields={fields} group={group} negated depth={depth} onRemove={onRemove} onChange={onChange} />;
  }
  return <GroupBox fields={fields} group={tree} depth={depth} onRemove={onRemove} onChange={onChange} />;
}

type Kind = "all" | "any" | "none";

interface GroupBoxProps extends Omit<NodeProps, "tree"> {
  group: Group;
  negated?: boolean;
}

function GroupBox({ fields, group, negated = false, depth, onChange, onRemove }: GroupBoxProps) {
  const { t } = useTranslation();
  const kind: Kind = negated ? "none" : "all" in group ? "all" : "any";
  const children = childrenOf(group);
  const firstField = fields[0];

  function put(next: RuleTree[]): void {
    const changed = withChildren(group, next);
    onChange(negated ? { not: changed } : changed);
  }

  function choose(next: Kind): void {
    // "None of these" is "not any of these".
    onChange(next === "none" ? { not: { any: children } } : next === "all" ? { all: children } : { any: children });
  }

  return (
    <fieldset className={cn("min-w-0 rounded-lg border border-line p-3", depth % 2 === 0 ? "bg-canvas" : "bg-surface")}>
      <legend className="sr-only">{t(`rule.group.${kind}`)}</legend>
      <div className="mb-2 flex items-center gap-2">
        <Select
          label={t("rule.groupKind")}
          size="sm"
          className="w-auto min-w-40"
          value={kind}
          options={(["all", "any", "none"] as const).map((value) => ({ value, label: t(`rule.group.${value}`) }))}
          onChange={choose}
        />
        {onRemove && (
          <IconButton size="sm" label={t("rule.removeGroup")} onClick={onRemove} className="ml-auto">
            <Trash2 aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="flex flex-col gap-2">
        {children.map((child, index) => (
          <Node
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a rule have no identity but their place
            key={index}
            fields={fields}
            tree={child}
            depth={depth + 1}
            onChange={(next) => put(children.map((other, place) => (place === index ? next : other)))}
            onRemove={() => put(children.filter((_, place) => place !== index))}
          />
        ))}
      </div>
      <div className="mt-2 flex gap-1">
        <Button
          size="sm"
          variant="ghost"
          disabled={!firstField}
          onClick={() => firstField && put([...children, newCondition(firstField)])}
        >
          <Plus aria-hidden />
          {t("rule.addCondition")}
        </Button>
        {depth < 3 && (
          <Button
            size="sm"
            variant="ghost"
            disabled={!firstField}
            onClick={() => firstField && put([...children, { any: [newCondition(firstField)] }])}
          >
            <Plus aria-hidden />
            {t("rule.addGroup")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

interface ConditionRowProps {
  fields: readonly FieldDefinition[];
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove?: () => void;
}

function ConditionRow({ fields, condition, onChange, onRemove }: ConditionRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const field = fields.find((item) => item.key === condition.field);
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Combobox
        label={t("rule.field")}
        className="w-56"
        value={condition.field}
        options={fields.map((item) => ({ value: item.key, label: format.label(item.label) }))}
        onChange={(key) => {
          const next = fields.find((item) => item.key === key);
          if (next) onChange(newCondition(next));
        }}
      />
      {field && (
        <ConditionEditor
          key={`${field.key} ${condition.operator}`}
          field={field}
          condition={condition}
          onChange={onChange}
        />
      )}
      {onRemove && (
        <IconButton label={t("rule.removeCondition")} onClick={onRemove} className="ml-auto">
          <Trash2 aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

interface WrittenRowProps {
  text: string;
  onChange: (tree: RuleTree) => void;
  onRemove?: () => void;
}

/** A part the builder has no form for stays as text among the others. */
function WrittenRow({ text, onChange, onRemove }: WrittenRowProps) {
  const { t } = useTranslation();
  return (
    <div className="flex items-start gap-2">
      <Input
        aria-label={t("rule.text")}
        className="flex-1 font-mono text-sm"
        spellCheck={false}
        value={text}
        onChange={(event) => onChange({ expression: event.target.value })}
      />
      {onRemove && (
        <IconButton label={t("rule.removeCondition")} onClick={onRemove}>
          <Trash2 aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

function TextRule({ text, onTextChange, problem, fields }: RuleBuilderProps) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-2">
      <Textarea
        mono
        // Shown because the person chose to write: that is where they go on.
        ref={focusOnce}
        aria-label={t("rule.text")}
        rows={4}
        spellCheck={false}
        value={text}
        aria-invalid={problem ? true : undefined}
        placeholder={fields[0] ? `${fields[0].key} == "…"` : undefined}
        onChange={(event) => onTextChange(event.target.value)}
      />
      {problem ? (
        <div role="alert" className="text-sm text-danger-text">
          {problem.position !== undefined && <ProblemPlace text={text} position={problem.position} />}
          <p>{problem.message}</p>
          {problem.suggestion && <p>{t("rule.didYouMean", { suggestion: problem.suggestion })}</p>}
        </div>
      ) : (
        <p className="text-xs text-ink-3">{t("rule.textHint")}</p>
      )}
    </div>
  );
}

function focusOnce(element: HTMLTextAreaElement | null): void {
  element?.focus();
}

/** The line of the mistake with a mark under the place. */
function ProblemPlace({ text, position }: { text: string; position: number }) {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const end = text.indexOf("\n", position);
  const line = text.slice(start, end === -1 ? undefined : end);
  return (
    <pre className="mb-1 overflow-x-auto rounded bg-danger-soft px-2 py-1 font-mono text-xs">
      {line}
      {"\n"}
      {" ".repeat(Math.max(0, position - start))}^
    </pre>
  );
}

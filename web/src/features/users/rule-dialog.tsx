import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "@/api/problem";
import type { Field } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { useDebounced } from "@/lib/hooks";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useFormat } from "@/ui/format";
import { isComplete, RuleBuilder, type RuleProblem, type RuleTree } from "@/ui/rule";
import { checkRule, userCountQuery } from "./queries";
import type { UserFilter } from "./search";
import type { CheckedRule } from "./types";

export interface RuleDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  workspace: string;
  fields: readonly Field[];
  /** Where it starts from. */
  rule: string | undefined;
  tree: RuleTree | null;
  /** The other filters of the list: the live count respects them. */
  filter: UserFilter;
  onApply: (rule: string | undefined) => void;
}

/** The rule of the list in the builder or as text, with how many users it finds. */
export function RuleDialog(props: RuleDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t("users.rule.title")} size="lg">
      {/* Mounted anew on each opening, so that it starts from the rule of the list. */}
      {props.open && <RuleForm {...props} />}
    </Dialog>
  );
}

function RuleForm({ onOpenChange, workspace, fields, rule, tree: firstTree, filter, onApply }: RuleDialogProps) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<"visual" | "text">(rule !== undefined && firstTree === null ? "text" : "visual");
  const [tree, setTree] = useState(firstTree);
  const [text, setText] = useState(rule ?? "");
  const body = mode === "visual" ? { tree } : { rule: text };
  const settled = useDebounced(body, 250);
  const check = useCheckedRule(workspace, settled);
  const empty = mode === "visual" ? tree === null : text.trim() === "";
  const checked = empty ? null : (check.data ?? null);
  const current = JSON.stringify(body) === JSON.stringify(settled) && !check.isFetching && !check.error;

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(checked?.rule);
        onOpenChange(false);
      }}
    >
      <RuleBuilder
        fields={fields.filter((field) => field.filterable)}
        mode={mode}
        onModeChange={(next) => {
          // Each form starts from what the other one says, as the server understood it.
          if (next === "text" && checked) setText(checked.rule);
          if (next === "visual") setTree(checked?.tree ?? null);
          setMode(next);
        }}
        tree={tree}
        onTreeChange={setTree}
        text={text}
        onTextChange={setText}
        problem={empty ? null : ruleProblem(check.error, text)}
        visualUnavailable={mode === "text" && !empty && !current}
        result={<LiveCount workspace={workspace} filter={{ ...filter, filter: checked?.rule }} />}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={() => onOpenChange(false)}>{t("action.cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!empty && (!current || checked === null)}>
          {t("filter.apply")}
        </Button>
      </div>
    </form>
  );
}

type RuleBody = { tree: RuleTree | null } | { rule: string };

function useCheckedRule(workspace: string, body: RuleBody) {
  const ready = "rule" in body ? body.rule.trim() !== "" : body.tree !== null && isComplete(body.tree);
  return useQuery<CheckedRule>({
    queryKey: [workspace, "rule-draft", body],
    queryFn: () => checkRule(workspace, "rule" in body ? { rule: body.rule } : { tree: body.tree ?? { all: [] } }),
    enabled: ready,
    placeholderData: ready ? keepPreviousData : undefined,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The server counts places in characters; the text here is counted in UTF-16 units. */
export function ruleProblem(problem: unknown, text: string): RuleProblem | null {
  if (!(problem instanceof Problem)) return null;
  const first = problem.errors[0];
  if (!first) return { message: problem.detail || problem.title };
  const start = first.position?.start;
  return {
    message: first.detail,
    position: start === undefined ? undefined : [...text].slice(0, start).join("").length,
    suggestion: first.suggestion,
  };
}

function LiveCount({ workspace, filter }: { workspace: string; filter: UserFilter }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = useQuery(userCountQuery(workspace, filter));
  if (!count.data) return null;
  return (
    <span className={count.isPlaceholderData ? "opacity-60" : undefined}>
      {t("users.rule.matching", { count: count.data.count, number: format.number(count.data.count) })}
    </span>
  );
}

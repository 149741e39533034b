import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RuleTree } from "@/ui/rule";
import { checkRule, ruleQuery } from "./queries";

export interface EditedRule {
  /** The rule as the builder and the chips show it; `null` when there is none. */
  tree: RuleTree | null;
  change: (tree: RuleTree | null) => void;
  /** Why the last change was refused, or why the rule of the address cannot be read. */
  problem: unknown;
}

/** The rule of the address as a tree, and the way to change it. The server alone translates between the two. */
export function useRule(
  workspace: string,
  rule: string | undefined,
  onRule: (rule: string | undefined) => void,
): EditedRule {
  const client = useQueryClient();
  // Until the address follows, the chips show what was just chosen.
  const [pending, setPending] = useState<RuleTree | null>(null);
  const checked = useQuery(ruleQuery(workspace, rule ?? ""));
  const change = useMutation({
    mutationFn: (tree: RuleTree) => checkRule(workspace, { tree }),
    onMutate: setPending,
    onSuccess: (answer) => {
      client.setQueryData(ruleQuery(workspace, answer.rule).queryKey, answer);
      onRule(answer.rule);
    },
    onSettled: () => setPending(null),
  });
  return {
    tree: pending ?? (rule === undefined ? null : (checked.data?.tree ?? null)),
    change: (tree) => {
      change.reset();
      if (tree === null) onRule(undefined);
      else change.mutate(tree);
    },
    problem: change.error ?? checked.error,
  };
}

import { useQueryClient } from "@tanstack/react-query";
import { CircleX, Minus, Plus } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { Problem } from "@/api/problem";
import type { Definition, DefinitionPlan } from "@/api/types";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/copy";
import { Field } from "@/ui/field";
import { useSubmit } from "@/ui/form";
import { Textarea } from "@/ui/input";
import { Card, Section } from "@/ui/page";
import { Notice, ProblemNote } from "@/ui/states";
import { toast } from "@/ui/toast";

/** The definition's text: change it, see exactly what would be done to the database, then do it. */
export function DefinitionEditor({ workspace, definition }: { workspace: string; definition: Definition }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const [text, setText] = useState(definition.text);
  const [plan, setPlan] = useState<DefinitionPlan | null>(null);
  const changed = text !== definition.text;
  const denied = !can("definition.write") && t("problem.needs", { permission: "definition.write" });

  const look = useSubmit(
    (body: { text: string }) => api.post<DefinitionPlan>(path(workspace, "definition", "plan"), body),
    setPlan,
  );
  const apply = useSubmit(
    (body: { text: string; plan_hash: string }) => api.post(path(workspace, "definition", "apply"), body),
    async () => {
      await client.invalidateQueries({ queryKey: [workspace] });
      toast({ title: t("definition.appliedToast") });
    },
  );

  return (
    <div className="grid gap-6 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-3">
        <Field label={t("definition.text")} hint={t("definition.textHint")}>
          <Textarea
            mono
            rows={30}
            spellCheck={false}
            readOnly={Boolean(denied)}
            className="whitespace-pre"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setPlan(null);
              look.clear();
            }}
          />
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button
            variant="primary"
            pending={look.pending}
            disabledReason={denied || (!changed && t("definition.unchanged"))}
            onClick={() => look.submit({ text })}
          >
            {t("definition.showPlan")}
          </Button>
          {changed && (
            <Button
              variant="ghost"
              onClick={() => {
                setText(definition.text);
                setPlan(null);
                look.clear();
              }}
            >
              {t("definition.discard")}
            </Button>
          )}
        </div>
      </div>
      <div className="min-w-0">
        {look.refusal !== null ? (
          <Mistakes problem={look.refusal} text={text} />
        ) : plan ? (
          <Plan
            plan={plan}
            denied={denied}
            pending={apply.pending}
            problem={apply.refusal}
            onApply={() => apply.submit({ text, plan_hash: plan.plan_hash })}
          />
        ) : (
          <Card className="text-ink-2">
            <p className="font-medium text-ink">{t("definition.planTitle")}</p>
            <p>{t("definition.planText")}</p>
          </Card>
        )}
      </div>
    </div>
  );
}

/** Everything that is wrong with the text, each with its place. */
function Mistakes({ problem, text }: { problem: unknown; text: string }) {
  const { t } = useTranslation();
  if (!(problem instanceof Problem) || problem.errors.length === 0) return <ProblemNote problem={problem} />;
  return (
    <Notice
      tone="danger"
      icon={<CircleX aria-hidden />}
      title={t("definition.mistakes", { count: problem.errors.length })}
    >
      <ul className="mt-1 flex flex-col gap-1">
        {problem.errors.map((error) => (
          <li key={`${error.pointer} ${error.detail}`} className="break-words">
            {error.position !== undefined && (
              <strong className="nums">{t("definition.line", { line: lineAt(text, error.position.start) })} </strong>
            )}
            {error.pointer && <code className="font-mono text-xs">{error.pointer} </code>}
            {error.detail}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

interface PlanProps {
  plan: DefinitionPlan;
  denied: string | false;
  pending: boolean;
  problem: unknown;
  onApply: () => void;
}

function Plan({ plan, denied, pending, problem, onApply }: PlanProps) {
  const { t } = useTranslation();
  const nothing = plan.changes.length === 0 && plan.statements.length === 0;
  return (
    <>
      {plan.refused.length > 0 && (
        <Notice tone="danger" icon={<CircleX aria-hidden />} title={t("definition.refused")} className="mb-5">
          <ul className="mt-1 flex flex-col gap-1">
            {plan.refused.map((item) => (
              <li key={item.what}>
                <strong>{item.what}</strong>: {item.why}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Section title={t("definition.changes")} card={false}>
        {plan.changes.length === 0 ? (
          <p className="text-ink-2">{t("definition.noChanges")}</p>
        ) : (
          <ul className="flex flex-col gap-1.5">
            {plan.changes.map((change) => (
              <li key={`${change.what} ${change.field}`} className="flex items-center gap-2">
                {change.what === "hide_field" ? (
                  <Minus aria-hidden className="size-4 text-warn-text" />
                ) : (
                  <Plus aria-hidden className="size-4 text-ok-text" />
                )}
                <span>{t(`definition.change.${change.what}`)}</span>
                <code className="font-mono text-sm">{change.field}</code>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {plan.statements.length > 0 && (
        <Section title={t("definition.statements")} description={t("definition.statementsText")} card={false}>
          <CodeBlock code={plan.statements.join("\n")} label={t("definition.statements")} wrap />
        </Section>
      )}
      {plan.rollback.length > 0 && (
        <Section title={t("definition.rollbackStatements")} card={false}>
          <CodeBlock code={plan.rollback.join("\n")} label={t("definition.rollbackStatements")} wrap />
        </Section>
      )}
      {problem !== null && <ProblemNote problem={problem} className="mb-3" />}
      <Button
        variant="primary"
        pending={pending}
        disabledReason={denied || (plan.refused.length > 0 && t("definition.refusedHint"))}
        onClick={onApply}
      >
        {t(nothing ? "definition.applyText" : "definition.apply")}
      </Button>
    </>
  );
}

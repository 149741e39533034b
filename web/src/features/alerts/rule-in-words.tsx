import { useQuery } from "@tanstack/react-query";
import { useWorkspace } from "@/app/session";
import { ruleQuery } from "@/features/users/queries";
import { useTranslation } from "@/i18n/use-translation";
import { CopyButton } from "@/ui/copy";
import { useRuleText } from "@/ui/rule";

/** A rule as a sentence over the fields' names, with its text in the rule language under it. */
export function RuleInWords({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const { slug, fields } = useWorkspace();
  const words = useRuleText(fields);
  const checked = useQuery(ruleQuery(slug, rule));
  return (
    <div className="flex flex-col gap-1.5">
      {checked.data && <p>{words(checked.data.tree)}</p>}
      <p className="flex items-center gap-1">
        <code className="min-w-0 rounded bg-sunken px-1.5 py-0.5 font-mono text-xs break-words text-ink-2">{rule}</code>
        <CopyButton size="sm" text={rule} label={t("alerts.copyRule")} />
      </p>
    </div>
  );
}

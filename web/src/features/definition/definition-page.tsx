import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Definition, DefinitionVersion } from "@/api/types";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { CodeBlock } from "@/ui/copy";
import { Time } from "@/ui/format";
import { Page } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { Tabs } from "@/ui/tabs";
import { toast } from "@/ui/toast";
import { DefinitionEditor } from "./definition-editor";
import { AlertsTable, EventsTable, FieldsTable } from "./definition-tables";

export function DefinitionPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const { tab = "fields" } = useSearch({ from: "/_app/$workspace/settings/definition" });
  const navigate = useNavigate({ from: "/$workspace/settings/definition" });
  const definition = useQuery({
    queryKey: [workspace, "definition"],
    queryFn: ({ signal }) => api.get<Definition>(path(workspace, "definition"), undefined, signal),
  });
  const data = definition.data;
  return (
    <Page
      title={t("nav.definition")}
      description={t("definition.description")}
      aside={
        data && (
          <span className="flex items-center gap-2 text-sm text-ink-3">
            <Badge tone="info">{t("definition.version", { version: data.version })}</Badge>
            <span>
              {t("definition.applied")} <Time value={data.applied_at} />
              {data.applied_by && ` · ${data.applied_by}`}
            </span>
          </span>
        )
      }
    >
      {definition.isPending && <SkeletonLines lines={8} />}
      {definition.isError && <ErrorState problem={definition.error} onRetry={() => void definition.refetch()} />}
      {data && (
        <Tabs
          label={t("nav.definition")}
          value={tab}
          onChange={(next) => void navigate({ search: next === "fields" ? {} : { tab: next } })}
          items={[
            {
              value: "fields",
              label: t("definition.tabs.fields"),
              count: data.parsed.fields.length,
              content: <FieldsTable fields={data.parsed.fields} />,
            },
            {
              value: "alerts",
              label: t("definition.tabs.alerts"),
              count: data.parsed.alerts.length,
              content: <AlertsTable alerts={data.parsed.alerts} />,
            },
            {
              value: "events",
              label: t("definition.tabs.events"),
              count: data.parsed.events.length,
              content: <EventsTable events={data.parsed.events} />,
            },
            {
              value: "text",
              label: t("definition.tabs.text"),
              content: <DefinitionEditor key={data.version} workspace={workspace} definition={data} />,
            },
            {
              value: "versions",
              label: t("definition.tabs.versions"),
              count: data.versions.length,
              content: <Versions workspace={workspace} definition={data} />,
            },
          ]}
        />
      )}
    </Page>
  );
}

/** Every version there was. Only the one in force can be rolled back; the one before it then holds again. */
function Versions({ workspace, definition }: { workspace: string; definition: Definition }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<DefinitionVersion | null>(null);
  return (
    <>
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface">
        {definition.versions.map((version) => (
          <VersionRow
            key={version.version}
            version={version}
            isOnly={definition.versions.length === 1}
            onRollback={() => setChosen(version)}
          />
        ))}
      </ol>
      <Confirm
        open={chosen !== null}
        onOpenChange={(open) => !open && setChosen(null)}
        danger
        title={t("definition.rollbackTitle", { version: chosen?.version ?? "" })}
        effect={
          <>
            <p>{t("definition.rollbackEffect")}</p>
            {chosen && chosen.rollback.length > 0 && (
              <CodeBlock
                className="mt-3"
                code={chosen.rollback.join("\n")}
                label={t("definition.rollbackStatements")}
                wrap
              />
            )}
          </>
        }
        action={t("definition.rollback")}
        onConfirm={async () => {
          if (!chosen) return;
          await api.post(path(workspace, "definition", "rollback"), { version: chosen.version });
          await client.invalidateQueries({ queryKey: [workspace] });
          toast({ title: t("definition.rolledBack", { version: chosen.version }) });
        }}
      />
    </>
  );
}

interface VersionRowProps {
  version: DefinitionVersion;
  /** There is none before it to go back to. */
  isOnly: boolean;
  onRollback: () => void;
}

function VersionRow({ version, isOnly, onRollback }: VersionRowProps) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Badge tone={version.active ? "ok" : "muted"}>{t("definition.version", { version: version.version })}</Badge>
        <div className="min-w-48 flex-1">
          <p className="break-words">{version.summary}</p>
          <p className="text-sm text-ink-3">
            <Time value={version.applied_at} /> · {version.by}
          </p>
        </div>
        {version.active && <span className="text-sm text-ink-3">{t("definition.inForce")}</span>}
        {version.rolled_back_at && (
          <span className="text-sm text-ink-3">
            {t("definition.wasRolledBack")} <Time value={version.rolled_back_at} />
          </span>
        )}
        {version.active && (
          <Button
            size="sm"
            disabledReason={
              (!can("definition.write") && t("problem.needs", { permission: "definition.write" })) ||
              (isOnly && t("definition.onlyVersion"))
            }
            onClick={onRollback}
          >
            <RotateCcw aria-hidden />
            {t("definition.rollback")}
          </Button>
        )}
      </div>
      {version.statements.length > 0 && (
        <details className="mt-2">
          <summary className="cursor-pointer text-sm text-ink-2 select-none">{t("definition.ranStatements")}</summary>
          <CodeBlock className="mt-2" code={version.statements.join("\n")} label={t("definition.ranStatements")} wrap />
        </details>
      )}
    </li>
  );
}

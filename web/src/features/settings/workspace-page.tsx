import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { WorkspaceSettings } from "@/api/types";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { languages } from "@/lib/format";
import { Combobox } from "@/ui/combobox";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Card, DetailList, Page, Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { timeZoneOptions } from "@/ui/timezones";
import { toast } from "@/ui/toast";

export function WorkspacePage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const details = useWorkspace();
  const settings = useQuery({
    queryKey: [workspace, "settings"],
    queryFn: ({ signal }) => api.get<WorkspaceSettings>(path(workspace, "settings"), undefined, signal),
  });
  return (
    <Page title={t("workspace.title")} description={t("workspace.description")} layout="read">
      <Card className="mb-6">
        {settings.isPending && <SkeletonLines lines={4} />}
        {settings.isError && <ErrorState problem={settings.error} onRetry={() => void settings.refetch()} />}
        {settings.data && <SettingsForm workspace={workspace} settings={settings.data} />}
      </Card>
      <Section title={t("workspace.about")} description={t("workspace.aboutText")}>
        <DetailList
          items={[
            {
              key: "slug",
              label: t("workspace.slug"),
              value: <code className="font-mono text-sm">{details.slug}</code>,
            },
            { key: "currency", label: t("workspace.currency"), value: details.currency },
            { key: "modules", label: t("workspace.modules"), value: details.modules.join(", ") || "—" },
            { key: "kinds", label: t("workspace.recordKinds"), value: details.record_kinds.join(", ") },
          ]}
        />
      </Section>
    </Page>
  );
}

function SettingsForm({ workspace, settings }: { workspace: string; settings: WorkspaceSettings }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(settings.name);
  const [timeZone, setTimeZone] = useState(settings.time_zone);
  const save = useSubmit(
    (changes: object) => api.patch<WorkspaceSettings>(path(workspace, "settings"), changes),
    async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: [workspace] }),
        client.invalidateQueries({ queryKey: ["session"] }),
      ]);
      toast({ title: t("action.saved") });
    },
  );
  const renamed = languages.some((language) => name[language] !== settings.name[language]);
  const changes = {
    ...(renamed && { name }),
    ...(timeZone !== settings.time_zone && { time_zone: timeZone }),
  };
  const unnamed = languages.some((language) => name[language].trim() === "");
  return (
    <Form
      className="max-w-md"
      action={t("action.save")}
      submission={save}
      disabled={unnamed || Object.keys(changes).length === 0}
      onSubmit={() => save.submit(changes)}
    >
      {languages.map((language) => (
        <Field
          key={language}
          label={t("workspace.nameIn", { language: t(`language.${language}`) })}
          error={save.errorOf(`name.${language}`)}
        >
          <Input
            lang={language}
            value={name[language]}
            onChange={(event) => setName({ ...name, [language]: event.target.value })}
          />
        </Field>
      ))}
      <Field label={t("workspace.timeZone")} hint={t("workspace.timeZoneHint")} error={save.errorOf("time_zone")}>
        <Combobox value={timeZone} options={timeZoneOptions(timeZone)} onChange={(zone) => zone && setTimeZone(zone)} />
      </Field>
    </Form>
  );
}

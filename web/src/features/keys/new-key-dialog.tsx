import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { ApiKey } from "@/api/types";
import { PermissionPicker } from "@/app/permissions";
import { useSessionWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { lines } from "@/lib/lines";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input, Textarea } from "@/ui/input";
import { Select } from "@/ui/select";
import { Notice } from "@/ui/states";

export interface NewKeyDialogProps {
  workspace: string;
  open: boolean;
  onClose: () => void;
}

export function NewKeyDialog({ workspace, open, onClose }: NewKeyDialogProps) {
  const { t } = useTranslation();
  const [created, setCreated] = useState<ApiKey | null>(null);
  function close(): void {
    setCreated(null);
    onClose();
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={created ? t("keys.createdTitle") : t("keys.new")}
      size="lg"
    >
      {open &&
        (created ? (
          <Created created={created} onClose={close} />
        ) : (
          <NewKeyForm workspace={workspace} onCreated={setCreated} />
        ))}
    </Dialog>
  );
}

/** The only moment the key can be seen. */
function Created({ created, onClose }: { created: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const key = created.key ?? "";
  const example =
    created.kind === "write"
      ? `curl ${window.location.origin}/v1/track -u ${key}: \\\n  -H 'Content-Type: application/json' \\\n  -d '{"userId": "42", "event": "hello"}'`
      : `curl ${window.location.origin}/api/v1/… \\\n  -H 'Authorization: Bearer ${key}'`;
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warn" icon={<TriangleAlert aria-hidden />} title={t("keys.shownOnce")}>
        {t("keys.shownOnceText")}
      </Notice>
      <CodeBlock code={key} label={t("keys.key")} wrap />
      <div>
        <p className="mb-1.5 text-sm font-medium">{t("keys.tryIt")}</p>
        <CodeBlock code={example} label={t("keys.tryIt")} />
      </div>
      <Button variant="primary" className="self-end" onClick={onClose}>
        {t("keys.keptIt")}
      </Button>
    </div>
  );
}

type Lifetime = "never" | "30" | "90" | "365";

function NewKeyForm({ workspace, onCreated }: { workspace: string; onCreated: (key: ApiKey) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const grantable = useSessionWorkspace()?.permissions ?? [];
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ApiKey["kind"]>("write");
  const [scopes, setScopes] = useState<string[]>([]);
  const [origins, setOrigins] = useState("");
  const [addresses, setAddresses] = useState("");
  const [lifetime, setLifetime] = useState<Lifetime>("never");
  const create = useSubmit(
    (body: object) => api.post<ApiKey>(path(workspace, "keys"), body, { idempotencyKey: crypto.randomUUID() }),
    async (key) => {
      onCreated(key);
      await client.invalidateQueries({ queryKey: [workspace, "keys"] });
    },
  );

  function submit(): void {
    create.submit({
      name: name.trim(),
      kind,
      scopes: kind === "secret" ? scopes : [],
      origins: kind === "write" ? lines(origins) : [],
      ip_allow_list: lines(addresses),
      expires_at: lifetime === "never" ? null : new Date(Date.now() + Number(lifetime) * 86_400_000).toISOString(),
    });
  }

  return (
    <Form
      action={t("keys.create")}
      submission={create}
      disabled={name.trim() === "" || (kind === "secret" && scopes.length === 0)}
      onSubmit={submit}
    >
      <Field label={t("keys.name")} hint={t("keys.nameHint")} error={create.errorOf("name")}>
        <Input value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("keys.kind")} hint={t(`keys.kindHints.${kind}`)} error={create.errorOf("kind")}>
        <Select
          value={kind}
          onChange={setKind}
          options={(["write", "secret"] as const).map((value) => ({
            value,
            label: t(`keys.kinds.${value}`),
            hint: t(`keys.kindHints.${value}`),
          }))}
        />
      </Field>
      {kind === "secret" ? (
        <div>
          <p className="mb-2 text-sm font-medium">{t("keys.scopes")}</p>
          <PermissionPicker value={scopes} onChange={setScopes} grantable={grantable} />
          {create.errorOf("scopes") && <p className="mt-1 text-xs text-danger-text">{create.errorOf("scopes")}</p>}
        </div>
      ) : (
        <Field label={t("keys.origins")} optional hint={t("keys.originsHint")} error={create.errorOf("origins")}>
          <Textarea
            rows={2}
            mono
            placeholder="https://example.com"
            value={origins}
            onChange={(event) => setOrigins(event.target.value)}
          />
        </Field>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t("keys.addresses")}
          optional
          hint={t("keys.addressesHint")}
          error={create.errorOf("ip_allow_list")}
        >
          <Textarea
            rows={2}
            mono
            placeholder="203.0.113.7"
            value={addresses}
            onChange={(event) => setAddresses(event.target.value)}
          />
        </Field>
        <Field label={t("keys.lifetime")} error={create.errorOf("expires_at")}>
          <Select
            value={lifetime}
            onChange={setLifetime}
            options={[
              { value: "never", label: t("keys.lifetimes.never") },
              ...(["30", "90", "365"] as const).map((days) => ({
                value: days,
                label: t("keys.lifetimes.days", { count: Number(days) }),
              })),
            ]}
          />
        </Field>
      </div>
    </Form>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Channels, TelegramChannel } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input, PasswordInput } from "@/ui/input";
import { toast } from "@/ui/toast";

export function TelegramForm({ workspace, settings }: { workspace: string; settings: TelegramChannel | null }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const [chat, setChat] = useState(settings?.chat_id ?? "");
  const [baseUrl, setBaseUrl] = useState(settings?.base_url ?? "");
  const save = useSubmit(
    (body: object) => api.put<Channels>(path(workspace, "channels", "telegram"), body),
    (channels) => {
      setToken("");
      client.setQueryData([workspace, "channels"], channels);
      toast({ title: t("action.saved") });
    },
  );
  return (
    <Form
      className="max-w-2xl"
      action={t("action.save")}
      submission={save}
      disabled={chat.trim() === "" || (token === "" && !settings?.token.set)}
      onSubmit={() =>
        save.submit({
          ...(token !== "" && { token: token.trim() }),
          chat_id: chat.trim(),
          base_url: baseUrl.trim() || null,
        })
      }
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t("channels.telegram.token")}
          hint={settings?.token.set ? t("channels.secretSet") : t("channels.telegram.tokenHint")}
          error={save.errorOf("token")}
        >
          <PasswordInput
            autoComplete="off"
            placeholder={settings?.token.set ? "••••••••" : "123456:ABC…"}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Field
          label={t("channels.telegram.chat")}
          hint={t("channels.telegram.chatHint")}
          error={save.errorOf("chat_id")}
        >
          <Input placeholder="-1001234567890" value={chat} onChange={(event) => setChat(event.target.value)} />
        </Field>
      </div>
      <Field
        label={t("channels.telegram.baseUrl")}
        optional
        hint={t("channels.telegram.baseUrlHint")}
        error={save.errorOf("base_url")}
      >
        <Input
          placeholder="https://api.telegram.org"
          value={baseUrl}
          onChange={(event) => setBaseUrl(event.target.value)}
        />
      </Field>
    </Form>
  );
}

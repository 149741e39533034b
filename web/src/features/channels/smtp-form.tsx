import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Channels, SmtpChannel } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input, PasswordInput } from "@/ui/input";
import { Select } from "@/ui/select";
import { toast } from "@/ui/toast";

const usualPorts: Record<SmtpChannel["security"], number> = { none: 25, starttls: 587, tls: 465 };

export function SmtpForm({ workspace, settings }: { workspace: string; settings: SmtpChannel | null }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [host, setHost] = useState(settings?.host ?? "");
  const [security, setSecurity] = useState<SmtpChannel["security"]>(settings?.security ?? "starttls");
  const [port, setPort] = useState(String(settings?.port ?? usualPorts.starttls));
  const [username, setUsername] = useState(settings?.username ?? "");
  const [password, setPassword] = useState("");
  const [from, setFrom] = useState(settings?.from ?? "");
  const [replyTo, setReplyTo] = useState(settings?.reply_to ?? "");
  const save = useSubmit(
    (body: object) => api.put<Channels>(path(workspace, "channels", "smtp"), body),
    (channels) => {
      setPassword("");
      client.setQueryData([workspace, "channels"], channels);
      toast({ title: t("action.saved") });
    },
  );
  return (
    <Form
      className="max-w-2xl"
      action={t("action.save")}
      submission={save}
      disabled={host.trim() === "" || from.trim() === "" || !Number.isInteger(Number(port)) || Number(port) < 1}
      onSubmit={() =>
        save.submit({
          host: host.trim(),
          port: Number(port),
          security,
          username: username.trim() || null,
          ...(password !== "" && { password }),
          from: from.trim(),
          reply_to: replyTo.trim() || null,
        })
      }
    >
      <div className="grid gap-4 sm:grid-cols-[1fr_12rem_6rem]">
        <Field label={t("channels.smtp.host")} error={save.errorOf("host")}>
          <Input placeholder="smtp.example.com" value={host} onChange={(event) => setHost(event.target.value)} />
        </Field>
        <Field label={t("channels.smtp.security")} error={save.errorOf("security")}>
          <Select
            value={security}
            options={(["starttls", "tls", "none"] as const).map((value) => ({
              value,
              label: t(`channels.smtp.securities.${value}`),
            }))}
            onChange={(next) => {
              if (Number(port) === usualPorts[security]) setPort(String(usualPorts[next]));
              setSecurity(next);
            }}
          />
        </Field>
        <Field label={t("channels.smtp.port")} error={save.errorOf("port")}>
          <Input
            inputMode="numeric"
            value={port}
            onChange={(event) => setPort(event.target.value.replace(/\D/g, ""))}
          />
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("channels.smtp.username")} optional error={save.errorOf("username")}>
          <Input autoComplete="off" value={username} onChange={(event) => setUsername(event.target.value)} />
        </Field>
        <Field
          label={t("channels.smtp.password")}
          optional
          hint={settings?.password.set && t("channels.secretSet")}
          error={save.errorOf("password")}
        >
          <PasswordInput
            autoComplete="new-password"
            placeholder={settings?.password.set ? "••••••••" : undefined}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Field label={t("channels.smtp.from")} hint={t("channels.smtp.fromHint")} error={save.errorOf("from")}>
          <Input
            placeholder="Replies <hello@example.com>"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        </Field>
        <Field label={t("channels.smtp.replyTo")} optional error={save.errorOf("reply_to")}>
          <Input type="email" value={replyTo} onChange={(event) => setReplyTo(event.target.value)} />
        </Field>
      </div>
    </Form>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { Mail, Send } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Checkbox } from "@/ui/checkbox";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Section } from "@/ui/page";
import { Notice } from "@/ui/states";
import { toast } from "@/ui/toast";
import { type AlertChannel, type AlertSummary, alertsQuery, type ChannelKind } from "./queries";

const kinds: readonly ChannelKind[] = ["telegram", "email"];
const icons = { telegram: Send, email: Mail } as const;

/** Both channels, whether or not the server has heard of them yet. */
export function allChannels(known: readonly AlertChannel[]): AlertChannel[] {
  return kinds.map(
    (channel) => known.find((item) => item.channel === channel) ?? { channel, enabled: false, target: null },
  );
}

/** Something is sent there: Telegram has the staff chat where no other is named, e-mail needs an address. */
export function leadsSomewhere(channel: AlertChannel): boolean {
  return channel.enabled && (channel.channel === "telegram" || channel.target !== null);
}

/** Where the alert is sent when somebody enters it. */
export function AlertChannels({ workspace, alert }: { workspace: string; alert: AlertSummary }) {
  const { t } = useTranslation();
  const can = useCan();
  const writable = can("alerts.write");
  return (
    <Section title={t("alerts.channels")} description={t("alerts.channelsText")} className="mb-0">
      {!writable && <Notice className="mb-3">{t("alerts.channelsForbidden")}</Notice>}
      <ChannelsForm
        // Anew when the server says something else than what was edited.
        key={JSON.stringify(alert.channels)}
        workspace={workspace}
        alert={alert}
        writable={writable}
      />
    </Section>
  );
}

interface ChannelsFormProps {
  workspace: string;
  alert: AlertSummary;
  writable: boolean;
}

function ChannelsForm({ workspace, alert, writable }: ChannelsFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const stored = allChannels(alert.channels);
  const [channels, setChannels] = useState(stored);
  const changed = JSON.stringify(channels) !== JSON.stringify(stored);
  const submission = useSubmit(
    (input: AlertChannel[]) => api.put<AlertChannel[]>(path(workspace, "alerts", alert.key, "channels"), input),
    async () => {
      await client.invalidateQueries({ queryKey: alertsQuery(workspace).queryKey, exact: true });
      toast({ title: t("alerts.channelsSaved") });
    },
  );
  const change = (kind: ChannelKind, next: Partial<AlertChannel>) =>
    setChannels(channels.map((item) => (item.channel === kind ? { ...item, ...next } : item)));
  return (
    <Form
      onSubmit={() => submission.submit(channels)}
      submission={submission}
      action={t("action.save")}
      disabled={!changed}
      disabledReason={!writable && t("alerts.channelsForbidden")}
    >
      {channels.map((channel, index) => {
        const Icon = icons[channel.channel];
        return (
          <div key={channel.channel} className="flex flex-col gap-2">
            <Checkbox
              checked={channel.enabled}
              disabled={!writable}
              onChange={(enabled) => change(channel.channel, { enabled })}
              label={
                <span className="inline-flex items-center gap-1.5">
                  <Icon aria-hidden className="size-4 text-ink-3" />
                  {t(`alerts.channel.${channel.channel}`)}
                </span>
              }
            />
            <Field
              className="ml-6"
              label={t(`alerts.target.${channel.channel}`)}
              hint={
                channel.enabled && !leadsSomewhere(channel) ? (
                  <span className="text-warn-text">{t("alerts.noTarget")}</span>
                ) : (
                  t(`alerts.targetHint.${channel.channel}`)
                )
              }
              error={submission.errorOf(`${index}.target`)}
            >
              <Input
                value={channel.target ?? ""}
                disabled={!writable}
                inputMode={channel.channel === "email" ? "email" : "text"}
                onChange={(event) => change(channel.channel, { target: event.target.value.trim() || null })}
              />
            </Field>
          </div>
        );
      })}
    </Form>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { CircleCheck, CircleDashed, CircleX, Clock } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Channels, TestOutcome } from "@/api/types";
import { useSession } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Field } from "@/ui/field";
import { useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Card, Page, Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState, Notice, ProblemNote } from "@/ui/states";
import { toast } from "@/ui/toast";
import { SmtpForm } from "./smtp-form";
import { TelegramForm } from "./telegram-form";

export type ChannelKind = "smtp" | "telegram";

export function ChannelsPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const channels = useQuery({
    queryKey: [workspace, "channels"],
    queryFn: ({ signal }) => api.get<Channels>(path(workspace, "channels"), undefined, signal),
  });
  return (
    <Page title={t("nav.channels")} description={t("channels.description")} layout="read">
      {channels.isPending && (
        <Card>
          <SkeletonLines lines={6} />
        </Card>
      )}
      {channels.isError && <ErrorState problem={channels.error} onRetry={() => void channels.refetch()} />}
      {channels.data && (
        <>
          <ChannelSection workspace={workspace} kind="smtp" isSet={channels.data.smtp !== null}>
            <SmtpForm workspace={workspace} settings={channels.data.smtp} />
          </ChannelSection>
          <ChannelSection workspace={workspace} kind="telegram" isSet={channels.data.telegram !== null}>
            <TelegramForm workspace={workspace} settings={channels.data.telegram} />
          </ChannelSection>
        </>
      )}
    </Page>
  );
}

interface ChannelSectionProps {
  workspace: string;
  kind: ChannelKind;
  isSet: boolean;
  children: React.ReactNode;
}

function ChannelSection({ workspace, kind, isSet, children }: ChannelSectionProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  return (
    <Section
      title={t(`channels.${kind}.title`)}
      description={t(`channels.${kind}.text`)}
      actions={
        <>
          <Badge tone={isSet ? "ok" : "muted"} icon>
            {t(isSet ? "channels.set" : "channels.notSet")}
          </Badge>
          {isSet && (
            <Button size="sm" onClick={() => setRemoving(true)}>
              {t("channels.remove")}
            </Button>
          )}
        </>
      }
    >
      {children}
      {isSet && <ChannelTest workspace={workspace} kind={kind} />}
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        danger
        title={t("channels.removeTitle")}
        effect={t("channels.removeEffect")}
        action={t("channels.remove")}
        onConfirm={async () => {
          await api.delete(path(workspace, "channels", kind));
          await client.invalidateQueries({ queryKey: [workspace, "channels"] });
          toast({ title: t("channels.removed") });
        }}
      />
    </Section>
  );
}

const outcomeLook = {
  delivered: { tone: "ok", icon: <CircleCheck aria-hidden /> },
  later: { tone: "warn", icon: <Clock aria-hidden /> },
  uncertain: { tone: "warn", icon: <CircleDashed aria-hidden /> },
  refused: { tone: "danger", icon: <CircleX aria-hidden /> },
  misconfigured: { tone: "danger", icon: <CircleX aria-hidden /> },
} as const;

/** Sends a real message with the stored settings and says what the other side answered. */
function ChannelTest({ workspace, kind }: { workspace: string; kind: ChannelKind }) {
  const { t } = useTranslation();
  const { staff } = useSession();
  const [to, setTo] = useState(kind === "smtp" ? staff.email : "");
  const [outcome, setOutcome] = useState<TestOutcome | null>(null);
  const test = useSubmit(
    () => api.post<TestOutcome>(path(workspace, "channels", kind, "test"), to.trim() === "" ? {} : { to: to.trim() }),
    setOutcome,
  );
  return (
    <div className="mt-5 border-t border-line pt-4">
      <form
        className="flex max-w-md flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setOutcome(null);
          test.submit(undefined);
        }}
      >
        <Field
          className="min-w-48 flex-1"
          label={t(`channels.${kind}.testTo`)}
          optional={kind === "telegram"}
          error={test.errorOf("to")}
        >
          <Input value={to} onChange={(event) => setTo(event.target.value)} />
        </Field>
        <Button type="submit" pending={test.pending}>
          {t("channels.test")}
        </Button>
      </form>
      <div aria-live="polite" className="mt-3 max-w-2xl">
        {outcome && (
          <Notice
            tone={outcomeLook[outcome.outcome].tone}
            icon={outcomeLook[outcome.outcome].icon}
            title={t(`channels.outcomes.${outcome.outcome}`)}
          >
            {outcome.detail && <p className="break-words">{t("channels.answer", { answer: outcome.detail })}</p>}
          </Notice>
        )}
        {test.problem !== null && <ProblemNote problem={test.problem} />}
      </div>
    </div>
  );
}

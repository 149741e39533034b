import { useQueryClient } from "@tanstack/react-query";
import { MailCheck, MailX } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Invitation } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { lines } from "@/lib/lines";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Time } from "@/ui/format";
import { Input } from "@/ui/input";
import { Notice } from "@/ui/states";
import { type Rights, RightsFields } from "./rights-fields";
import { invitationsKey } from "./staff-page";

export interface InviteDialogProps {
  workspace: string;
  open: boolean;
  onClose: () => void;
}

export function InviteDialog({ workspace, open, onClose }: InviteDialogProps) {
  const { t } = useTranslation();
  const [sent, setSent] = useState<Invitation | null>(null);
  function close(): void {
    setSent(null);
    onClose();
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={sent ? t("staff.invitedTitle") : t("staff.invite")}
      size="lg"
    >
      {open &&
        (sent ? <Sent invitation={sent} onClose={close} /> : <InviteForm workspace={workspace} onSent={setSent} />)}
    </Dialog>
  );
}

function InviteForm({ workspace, onSent }: { workspace: string; onSent: (invitation: Invitation) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [rights, setRights] = useState<Rights>({
    role: "support",
    extraPermissions: [],
    workspaces: [workspace],
    addresses: "",
  });
  const invite = useSubmit(
    (body: object) => api.post<Invitation>(path("staff", "invitations"), body, { idempotencyKey: crypto.randomUUID() }),
    async (invitation) => {
      onSent(invitation);
      await client.invalidateQueries({ queryKey: invitationsKey });
    },
  );
  return (
    <Form
      action={t("staff.sendInvitation")}
      submission={invite}
      disabled={email.trim() === ""}
      onSubmit={() =>
        invite.submit({
          email: email.trim(),
          name: name.trim(),
          role: rights.role,
          extra_permissions: rights.extraPermissions,
          workspaces: rights.workspaces,
          ip_allow_list: lines(rights.addresses),
        })
      }
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("login.email")} error={invite.errorOf("email")}>
          <Input type="email" value={email} onChange={(event) => setEmail(event.target.value)} />
        </Field>
        <Field label={t("staff.name")} error={invite.errorOf("name")}>
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
      </div>
      <RightsFields value={rights} onChange={setRights} errorOf={invite.errorOf} />
    </Form>
  );
}

function Sent({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-4">
      {invitation.mailed ? (
        <Notice tone="ok" icon={<MailCheck aria-hidden />} title={t("staff.mailed", { email: invitation.email })} />
      ) : (
        <Notice tone="warn" icon={<MailX aria-hidden />} title={t("staff.notMailed")}>
          {t("staff.notMailedText")}
        </Notice>
      )}
      {invitation.link && <CodeBlock code={invitation.link} label={t("staff.link")} wrap />}
      <p className="text-sm text-ink-2">
        {t("invitation.expires")}: <Time value={invitation.expires_at} as="datetime" />
      </p>
      <Button variant="primary" className="self-end" onClick={onClose}>
        {t("action.close")}
      </Button>
    </div>
  );
}

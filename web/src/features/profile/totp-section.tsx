import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { useSession } from "@/app/session";
import { CodeInput } from "@/features/login/second-factor";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Section } from "@/ui/page";
import { toast } from "@/ui/toast";
import { AskPassword } from "./ask-password";
import { RecoveryCodesDialog } from "./recovery-section";

interface Enrolment {
  secret: string;
  otpauth_url: string;
  qr_svg: string;
}

export function TotpSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { staff } = useSession();
  const on = staff.second_factor.totp;
  const [asking, setAsking] = useState<"add" | "remove" | null>(null);
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState("");
  return (
    <Section
      title={t("profile.totp")}
      description={t("profile.totpText")}
      actions={
        <Badge tone={on ? "ok" : "muted"} icon>
          {t(on ? "profile.on" : "profile.off")}
        </Badge>
      }
    >
      <Button onClick={() => setAsking(on ? "remove" : "add")}>
        {t(on ? "profile.removeTotp" : "profile.addTotp")}
      </Button>
      <AskPassword
        open={asking === "add"}
        onOpenChange={(open) => !open && setAsking(null)}
        title={t("profile.addTotp")}
        text={t("profile.confirmItIsYou")}
        action={t("login.continue")}
        onPassword={async (password) => setEnrolment(await api.post<Enrolment>(path("me", "totp"), { password }))}
      />
      <AskPassword
        open={asking === "remove"}
        onOpenChange={(open) => !open && setAsking(null)}
        title={t("profile.removeTotp")}
        text={t("profile.removeTotpText")}
        action={t("profile.removeTotp")}
        danger
        ready={code.length === 6}
        extra={(errorOf) => (
          <Field label={t("login.second.totp.label")} error={errorOf("code")}>
            <CodeInput value={code} onChange={setCode} />
          </Field>
        )}
        onPassword={async (password) => {
          await api.delete(path("me", "totp"), { password, code });
          await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
          setCode("");
          toast({ title: t("profile.totpRemoved") });
        }}
      />
      <Dialog
        open={enrolment !== null}
        onOpenChange={(open) => !open && setEnrolment(null)}
        title={t("profile.addTotp")}
        description={t("profile.scan")}
        size="sm"
      >
        {enrolment && (
          <Enrol
            enrolment={enrolment}
            onDone={async (recoveryCodes) => {
              setEnrolment(null);
              setCodes(recoveryCodes);
              await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
            }}
          />
        )}
      </Dialog>
      <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />
    </Section>
  );
}

function Enrol({ enrolment, onDone }: { enrolment: Enrolment; onDone: (codes: string[]) => Promise<void> }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirm = useSubmit(
    (body: { code: string }) => api.put<{ recovery_codes: string[] }>(path("me", "totp"), body),
    (answer) => onDone(answer.recovery_codes),
  );
  return (
    <Form
      action={t("profile.confirmCode")}
      submission={confirm}
      disabled={code.length !== 6}
      onSubmit={() => confirm.submit({ code })}
    >
      <img
        alt={t("profile.qr")}
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(enrolment.qr_svg)}`}
        className="mx-auto size-48 rounded-lg border border-line bg-white p-2"
      />
      <div>
        <p className="text-sm text-ink-2">{t("profile.orType")}</p>
        <p className="flex items-center gap-1">
          <code className="font-mono text-sm break-all">{enrolment.secret.replace(/(.{4})/g, "$1 ").trim()}</code>
          <CopyButton text={enrolment.secret} size="sm" />
        </p>
      </div>
      <Field label={t("profile.codeFromApp")} error={confirm.errorOf("code")}>
        <CodeInput value={code} onChange={setCode} />
      </Field>
    </Form>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { Download, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { useSession } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { saveText } from "@/lib/download";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Section } from "@/ui/page";
import { Notice } from "@/ui/states";
import { AskPassword } from "./ask-password";

/** Fewer codes than this deserve a warning. */
const few = 3;

export function RecoverySection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { staff } = useSession();
  const { totp, passkeys, recovery_codes_left: left } = staff.second_factor;
  const [asking, setAsking] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const second = totp || passkeys > 0;
  return (
    <Section
      title={t("profile.recovery")}
      description={t("profile.recoveryText")}
      actions={
        second && (
          <Badge tone={left < few ? "warn" : "ok"} icon>
            {t("profile.codesLeft", { count: left })}
          </Badge>
        )
      }
    >
      <Button disabledReason={!second && t("profile.recoveryNeedsSecond")} onClick={() => setAsking(true)}>
        {t("profile.newCodes")}
      </Button>
      <AskPassword
        open={asking}
        onOpenChange={setAsking}
        title={t("profile.newCodes")}
        text={t("profile.newCodesText")}
        action={t("profile.newCodes")}
        onPassword={async (password) => {
          const answer = await api.post<{ recovery_codes: string[] }>(path("me", "recovery-codes"), { password });
          setCodes(answer.recovery_codes);
          await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        }}
      />
      <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />
    </Section>
  );
}

/** The only moment recovery codes can be seen. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[] | null; onClose: () => void }) {
  const { t } = useTranslation();
  const text = codes?.join("\n") ?? "";
  return (
    <Dialog
      open={codes !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t("profile.recovery")}
      size="sm"
      footer={
        <>
          <Button onClick={() => saveText("kabinet-recovery-codes.txt", `${text}\n`)}>
            <Download aria-hidden />
            {t("action.download")}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t("profile.savedCodes")}
          </Button>
        </>
      }
    >
      <Notice tone="warn" icon={<TriangleAlert aria-hidden />} title={t("keys.shownOnce")} className="mb-3">
        {t("profile.keepCodes")}
      </Notice>
      <CodeBlock code={text} label={t("profile.recovery")} />
    </Dialog>
  );
}

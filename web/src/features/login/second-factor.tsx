import { ArrowLeft, Fingerprint } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Form, type Submission } from "@/ui/form";
import { Input } from "@/ui/input";
import { ProblemNote } from "@/ui/states";
import { Frame } from "./frame";

export type SecondFactorMethod = "totp" | "passkey" | "recovery_code";

export interface SecondFactorProps {
  methods: readonly SecondFactorMethod[];
  submission: Submission<never>;
  passkey: Submission<never>;
  onCode: (code: string) => void;
  onRecoveryCode: (code: string) => void;
  onPasskey: () => void;
  onBack: () => void;
}

/** The second step of logging in: a code from the app, a passkey, or a recovery code. */
export function SecondFactor(props: SecondFactorProps) {
  const { t } = useTranslation();
  const { methods, submission, passkey } = props;
  const [method, setMethod] = useState<SecondFactorMethod>(methods[0] ?? "totp");
  const [code, setCode] = useState("");
  const [recoveryCode, setRecoveryCode] = useState("");
  const others = methods.filter((item) => item !== method);

  return (
    <Frame title={t("login.secondTitle")} text={t(`login.second.${method}.text`)}>
      {method === "totp" && (
        <Form
          wide
          action={t("login.continue")}
          submission={submission}
          disabled={code.length !== 6}
          onSubmit={() => props.onCode(code)}
        >
          <Field label={t("login.second.totp.label")} error={submission.errorOf("code")}>
            <CodeInput
              value={code}
              onChange={(next) => {
                setCode(next);
                // The sixth digit is the whole code: no need to press a button.
                if (next.length === 6 && next !== code) props.onCode(next);
              }}
            />
          </Field>
        </Form>
      )}
      {method === "recovery_code" && (
        <Form
          wide
          action={t("login.continue")}
          submission={submission}
          disabled={recoveryCode.trim() === ""}
          onSubmit={() => props.onRecoveryCode(recoveryCode.trim())}
        >
          <Field label={t("login.second.recovery_code.label")} error={submission.errorOf("recovery_code")}>
            <Input
              autoFocus
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={recoveryCode}
              onChange={(event) => setRecoveryCode(event.target.value)}
            />
          </Field>
        </Form>
      )}
      {method === "passkey" && (
        <>
          <Button
            size="lg"
            variant="primary"
            className="w-full"
            autoFocus
            pending={passkey.pending}
            onClick={props.onPasskey}
          >
            <Fingerprint aria-hidden />
            {t("login.withPasskey")}
          </Button>
          {passkey.problem !== null && <ProblemNote className="mt-3" problem={passkey.problem} />}
        </>
      )}
      <div className="mt-4 flex flex-col items-center gap-2 text-sm">
        {others.map((item) => (
          <Button
            key={item}
            variant="link"
            onClick={() => {
              submission.clear();
              setMethod(item);
            }}
          >
            {t(`login.second.${item}.choose`)}
          </Button>
        ))}
        <Button variant="link" className="text-ink-2" onClick={props.onBack}>
          <ArrowLeft aria-hidden />
          {t("login.back")}
        </Button>
      </div>
    </Frame>
  );
}

/** Six digits; what people paste with spaces or dashes is understood. */
export function CodeInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Input
      autoFocus
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9]*"
      className="nums h-11 text-center text-xl tracking-[0.4em]"
      value={value}
      onChange={(event) => onChange(event.target.value.replace(/\D/g, "").slice(0, 6))}
    />
  );
}

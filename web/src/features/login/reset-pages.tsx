import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, path } from "@/api/client";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Frame } from "./frame";
import { NewPasswordField, passwordLongEnough } from "./password-field";

function ToLogin() {
  const { t } = useTranslation();
  return (
    <Link to="/login" className="text-accent-text hover:underline">
      {t("login.toLogin")}
    </Link>
  );
}

export function ForgotPasswordPage() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const request = useSubmit(
    (input: { email: string }) => api.post(path("password-reset"), input),
    () => setSent(true),
  );
  if (sent) {
    return (
      <Frame title={t("reset.sentTitle")}>
        <p role="status">{t("reset.sentText", { email })}</p>
        <p className="mt-4 text-sm">
          <ToLogin />
        </p>
      </Frame>
    );
  }
  return (
    <Frame title={t("reset.forgotTitle")} text={t("reset.forgotText")} footer={<ToLogin />}>
      <Form
        wide
        action={t("reset.send")}
        submission={request}
        disabled={email === ""}
        onSubmit={() => request.submit({ email })}
      >
        <Field label={t("login.email")} error={request.errorOf("email")}>
          <Input
            type="email"
            autoComplete="username"
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
      </Form>
    </Frame>
  );
}

export function ResetPasswordPage({ token }: { token: string }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const reset = useSubmit(
    (input: object) => api.put(path("password-reset"), input),
    () => setDone(true),
  );
  if (done) {
    return (
      <Frame title={t("reset.doneTitle")}>
        <p role="status">{t("reset.doneText")}</p>
        <p className="mt-4 text-sm">
          <ToLogin />
        </p>
      </Frame>
    );
  }
  return (
    <Frame title={t("reset.title")} footer={<ToLogin />}>
      <Form
        wide
        action={t("reset.submit")}
        submission={reset}
        disabled={!passwordLongEnough(password)}
        onSubmit={() => reset.submit({ token, password })}
      >
        <NewPasswordField
          label={t("reset.newPassword")}
          value={password}
          onChange={setPassword}
          error={reset.errorOf("password")}
        />
      </Form>
    </Frame>
  );
}

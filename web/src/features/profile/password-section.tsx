import { useState } from "react";
import { api, path } from "@/api/client";
import { useSession } from "@/app/session";
import { NewPasswordField, passwordLongEnough } from "@/features/login/password-field";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { PasswordInput } from "@/ui/input";
import { Section } from "@/ui/page";
import { toast } from "@/ui/toast";

export function PasswordSection() {
  const { t } = useTranslation();
  const { staff } = useSession();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useSubmit(
    (body: object) => api.put(path("me", "password"), body),
    () => {
      setCurrent("");
      setPassword("");
      toast({ title: t("profile.passwordChanged") });
    },
  );
  return (
    <Section title={t("profile.password")} description={t("profile.passwordText")}>
      <Form
        className="max-w-md"
        action={t("profile.changePassword")}
        submission={change}
        disabled={current === "" || !passwordLongEnough(password)}
        onSubmit={() => change.submit({ current_password: current, password })}
      >
        {/* Password managers tie the new password to this account. */}
        <input type="hidden" autoComplete="username" value={staff.email} readOnly />
        <Field label={t("profile.currentPassword")} error={change.errorOf("current_password")}>
          <PasswordInput
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <NewPasswordField
          label={t("reset.newPassword")}
          value={password}
          onChange={setPassword}
          error={change.errorOf("password")}
        />
      </Form>
    </Section>
  );
}

import { useState } from "react";
import { api, path } from "@/api/client";
import type { Session } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Frame } from "./frame";
import { useEnter } from "./login-page";
import { NewPasswordField, passwordLongEnough } from "./password-field";

/** The first person of a new installation proves with the token from the console that the machine is theirs. */
export function SetupPage({ token: given }: { token?: string }) {
  const { t } = useTranslation();
  const enter = useEnter();
  const [token, setToken] = useState(given ?? "");
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const setup = useSubmit((input: object) => api.post<Session>(path("setup"), input), enter);
  const complete = token.trim() !== "" && email !== "" && name.trim() !== "" && passwordLongEnough(password);
  return (
    <Frame title={t("setup.title")} text={t("setup.text")}>
      <Form
        wide
        action={t("setup.submit")}
        submission={setup}
        disabled={!complete}
        onSubmit={() => setup.submit({ token: token.trim(), email, name: name.trim(), password })}
      >
        <Field label={t("setup.token")} hint={t("setup.tokenHint")} error={setup.errorOf("token")}>
          <Input
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
            value={token}
            autoFocus={!given}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Field label={t("login.name")} error={setup.errorOf("name")}>
          <Input autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("login.email")} error={setup.errorOf("email")}>
          <Input
            type="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <NewPasswordField
          label={t("login.password")}
          value={password}
          onChange={setPassword}
          error={setup.errorOf("password")}
        />
      </Form>
    </Frame>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, path } from "@/api/client";
import { Problem } from "@/api/problem";
import type { Role, Session } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Time } from "@/ui/format";
import { Input } from "@/ui/input";
import { DetailList } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { Frame } from "./frame";
import { useEnter } from "./login-page";
import { NewPasswordField, passwordLongEnough } from "./password-field";

interface InvitationView {
  email: string;
  name: string;
  role: Role;
  expires_at: string;
}

export function InvitationPage({ token }: { token: string }) {
  const { t } = useTranslation();
  const address = path("invitations", token);
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) => api.get<InvitationView>(address, undefined, signal),
    retry: false,
  });
  const gone = invitation.error instanceof Problem && [404, 410].includes(invitation.error.status);
  if (gone) {
    return (
      <Frame title={t("invitation.goneTitle")} text={t("invitation.goneText")}>
        <p className="text-center">
          <Link to="/login" className="text-accent-text hover:underline">
            {t("login.toLogin")}
          </Link>
        </p>
      </Frame>
    );
  }
  return (
    <Frame title={t("invitation.title")} text={t("invitation.text")}>
      {invitation.isPending && <SkeletonLines lines={5} />}
      {invitation.isError && (
        <ErrorState className="px-0 py-4" problem={invitation.error} onRetry={() => void invitation.refetch()} />
      )}
      {invitation.data && <AcceptForm address={address} invitation={invitation.data} />}
    </Frame>
  );
}

function AcceptForm({ address, invitation }: { address: string; invitation: InvitationView }) {
  const { t } = useTranslation();
  const enter = useEnter();
  const [name, setName] = useState(invitation.name);
  const [password, setPassword] = useState("");
  const accept = useSubmit((input: object) => api.post<Session>(address, input), enter);
  return (
    <>
      <DetailList
        className="mb-5"
        items={[
          { key: "email", label: t("login.email"), value: invitation.email },
          { key: "role", label: t("staff.role"), value: t(`role.${invitation.role}`) },
          {
            key: "expires",
            label: t("invitation.expires"),
            value: <Time value={invitation.expires_at} as="datetime" />,
          },
        ]}
      />
      <Form
        wide
        action={t("invitation.accept")}
        submission={accept}
        disabled={name.trim() === "" || !passwordLongEnough(password)}
        onSubmit={() => accept.submit({ name: name.trim(), password })}
      >
        <Field label={t("login.name")} error={accept.errorOf("name")}>
          <Input autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <NewPasswordField
          label={t("login.password")}
          value={password}
          onChange={setPassword}
          error={accept.errorOf("password")}
        />
      </Form>
    </>
  );
}

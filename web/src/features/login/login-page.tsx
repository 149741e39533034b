import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { Fingerprint } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { Problem } from "@/api/problem";
import { sessionQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { askForPasskey, PasskeyDismissed, passkeysSupported, type RequestAnswer } from "@/lib/passkeys";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input, PasswordInput } from "@/ui/input";
import { Frame } from "./frame";
import { safeReturn } from "./return";
import { SecondFactor, type SecondFactorMethod } from "./second-factor";

interface Challenge {
  methods: SecondFactorMethod[];
  challenge: string | null;
}

interface Credentials {
  email: string;
  password: string;
  remember: boolean;
}

/** Remembers the new session and goes to where the person wanted to be. */
export function useEnter(returnTo?: string): (session: Session) => Promise<void> {
  const client = useQueryClient();
  const router = useRouter();
  return async (session) => {
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    await router.navigate({ href: safeReturn(returnTo) });
  };
}

export function LoginPage({ returnTo }: { returnTo?: string }) {
  const { t } = useTranslation();
  const enter = useEnter(returnTo);
  const [credentials, setCredentials] = useState<Credentials>({ email: "", password: "", remember: false });
  const [challenge, setChallenge] = useState<Challenge | null>(null);

  const login = useSubmit(
    async (input: Credentials & { code?: string; recovery_code?: string }) => {
      try {
        return await api.post<Session>(path("session"), input);
      } catch (problem) {
        if (
          problem instanceof Problem &&
          problem.code === "second_factor_required" &&
          !input.code &&
          !input.recovery_code
        ) {
          return challengeOf(problem);
        }
        throw problem;
      }
    },
    (answer) => ("methods" in answer ? setChallenge(answer) : enter(answer)),
  );

  const passkey = useSubmit(
    async (asked: string | null) => {
      const options = await api.post<RequestAnswer>(
        path("session", "passkey", "options"),
        asked ? { challenge: asked } : {},
      );
      const credential = await askForPasskey(options.publicKey).catch((reason: unknown) => {
        if (reason instanceof PasskeyDismissed) return null;
        throw reason;
      });
      if (credential === null) return null;
      return api.post<Session>(path("session", "passkey"), { state: options.state, credential });
    },
    (session) => session && enter(session),
  );

  if (challenge) {
    return (
      <SecondFactor
        methods={challenge.methods}
        submission={login}
        passkey={passkey}
        onCode={(code) => login.submit({ ...credentials, code })}
        onRecoveryCode={(recovery_code) => login.submit({ ...credentials, recovery_code })}
        onPasskey={() => passkey.submit(challenge.challenge)}
        onBack={() => {
          login.clear();
          passkey.clear();
          setChallenge(null);
        }}
      />
    );
  }
  return (
    <Frame title={t("login.title")}>
      <Form wide action={t("login.submit")} submission={login} onSubmit={() => login.submit(credentials)}>
        <Field label={t("login.email")} error={login.errorOf("email")}>
          <Input
            type="email"
            name="email"
            autoComplete="username webauthn"
            autoFocus
            value={credentials.email}
            onChange={(event) => setCredentials({ ...credentials, email: event.target.value })}
          />
        </Field>
        <Field label={t("login.password")} error={login.errorOf("password")}>
          <PasswordInput
            name="password"
            autoComplete="current-password"
            value={credentials.password}
            onChange={(event) => setCredentials({ ...credentials, password: event.target.value })}
          />
        </Field>
        <Checkbox
          label={t("login.remember")}
          hint={t("login.rememberHint")}
          checked={credentials.remember}
          onChange={(remember) => setCredentials({ ...credentials, remember })}
        />
      </Form>
      {passkeysSupported() && (
        <>
          <div className="my-4 flex items-center gap-3 text-xs text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {t("login.or")}
          </div>
          <Button size="lg" className="w-full" pending={passkey.pending} onClick={() => passkey.submit(null)}>
            <Fingerprint aria-hidden />
            {t("login.withPasskey")}
          </Button>
          {passkey.problem !== null && <PasskeyProblem problem={passkey.problem} />}
        </>
      )}
      <p className="mt-4 text-center text-sm">
        <Link to="/forgot-password" className="text-accent-text hover:underline">
          {t("login.forgot")}
        </Link>
      </p>
    </Frame>
  );
}

function PasskeyProblem({ problem }: { problem: unknown }) {
  const { t } = useTranslation();
  const refused = problem instanceof Problem && problem.status === 401;
  return (
    <p role="alert" className="mt-2 text-sm text-danger-text">
      {refused || !(problem instanceof Problem) ? t("login.passkeyFailed") : problem.message}
    </p>
  );
}

function challengeOf(problem: Problem): Challenge {
  const { methods, challenge } = problem.members;
  return {
    methods: Array.isArray(methods) ? methods : ["totp", "recovery_code"],
    challenge: typeof challenge === "string" ? challenge : null,
  };
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Fingerprint, Plus } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { Page, Passkey } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { type CreationAnswer, createPasskey, PasskeyDismissed, passkeysSupported } from "@/lib/passkeys";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Time } from "@/ui/format";
import { Input } from "@/ui/input";
import { Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { toast } from "@/ui/toast";
import { AskPassword } from "./ask-password";

const key = ["me", "passkeys"];

export function PasskeySection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const [name, setName] = useState("");
  const passkeys = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<Passkey>>(path("me", "passkeys"), undefined, signal),
  });
  const changed = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: key }),
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ]);

  async function add(password: string): Promise<void> {
    const options = await api.post<CreationAnswer>(path("me", "passkeys", "options"), { password });
    try {
      const credential = await createPasskey(options.publicKey);
      await api.post(path("me", "passkeys"), { state: options.state, name: name.trim(), credential });
    } catch (reason) {
      if (reason instanceof PasskeyDismissed) return;
      throw reason;
    }
    setName("");
    await changed();
    toast({ title: t("profile.passkeyAdded") });
  }

  return (
    <Section
      title={t("profile.passkeys")}
      description={t("profile.passkeysText")}
      actions={
        <Button
          size="sm"
          disabledReason={!passkeysSupported() && t("profile.passkeysUnsupported")}
          onClick={() => setAdding(true)}
        >
          <Plus aria-hidden />
          {t("profile.addPasskey")}
        </Button>
      }
    >
      {passkeys.isPending && <SkeletonLines lines={2} />}
      {passkeys.isError && <ErrorState problem={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      {passkeys.data?.data.length === 0 && <p className="text-ink-2">{t("profile.noPasskeys")}</p>}
      {passkeys.data && passkeys.data.data.length > 0 && (
        <ul className="-my-2 divide-y divide-line">
          {passkeys.data.data.map((passkey) => (
            <li key={passkey.id} className="flex items-center gap-3 py-2.5">
              <Fingerprint aria-hidden className="size-5 shrink-0 text-ink-3" />
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{passkey.name}</p>
                <p className="text-sm text-ink-3">
                  {t("keys.created")} <Time value={passkey.created_at} as="date" /> · {t("keys.lastUsed")}{" "}
                  <Time value={passkey.last_used_at} />
                </p>
              </div>
              <Button size="sm" onClick={() => setRemoving(passkey)}>
                {t("profile.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <AskPassword
        open={adding}
        onOpenChange={setAdding}
        title={t("profile.addPasskey")}
        text={t("profile.confirmItIsYou")}
        action={t("login.continue")}
        ready={name.trim() !== ""}
        extra={(errorOf) => (
          <Field label={t("profile.passkeyName")} hint={t("profile.passkeyNameHint")} error={errorOf("name")}>
            <Input value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        onPassword={add}
      />
      <AskPassword
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("profile.removePasskey", { name: removing?.name ?? "" })}
        text={t("profile.removePasskeyText")}
        action={t("profile.remove")}
        danger
        onPassword={async (password) => {
          if (!removing) return;
          await api.delete(path("me", "passkeys", removing.id), { password });
          await changed();
          toast({ title: t("profile.passkeyRemoved") });
        }}
      />
    </Section>
  );
}

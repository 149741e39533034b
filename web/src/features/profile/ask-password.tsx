import { type ReactNode, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { PasswordInput } from "@/ui/input";

export interface AskPasswordProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text?: ReactNode;
  action: string;
  danger?: boolean;
  /** A further field above the password, such as a name or a code; `errorOf` tells what is wrong with it. */
  extra?: (errorOf: (name: string) => string | null) => ReactNode;
  ready?: boolean;
  /** Does the work; the dialog closes when it is done. */
  onPassword: (password: string) => Promise<unknown>;
}

/** Changes to how one logs in ask for the password again: an unattended screen is not enough. */
export function AskPassword(props: AskPasswordProps) {
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={props.title} description={props.text} size="sm">
      {props.open && <PasswordForm {...props} />}
    </Dialog>
  );
}

function PasswordForm({ onOpenChange, action, danger, extra, ready = true, onPassword }: AskPasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const submission = useSubmit(onPassword, () => onOpenChange(false));
  return (
    <Form
      action={action}
      danger={danger}
      submission={submission}
      disabled={password === "" || !ready}
      secondary={<Button onClick={() => onOpenChange(false)}>{t("action.cancel")}</Button>}
      onSubmit={() => submission.submit(password)}
    >
      {extra?.(submission.errorOf)}
      <Field label={t("profile.currentPassword")} error={submission.errorOf("password")}>
        <PasswordInput
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
    </Form>
  );
}

import { useTranslation } from "@/i18n/use-translation";
import { Field } from "@/ui/field";
import { PasswordInput } from "@/ui/input";

/** The server's own bound, told before the form is sent. */
export const shortestPassword = 12;

export interface NewPasswordFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | null;
}

/** A password that is being chosen: how long it must be, and how far it is. */
export function NewPasswordField({ label, value, onChange, error }: NewPasswordFieldProps) {
  const { t } = useTranslation();
  const missing = shortestPassword - [...value].length;
  const hint =
    value === "" || missing <= 0
      ? t("login.passwordHint", { count: shortestPassword })
      : t("login.passwordMissing", { count: missing });
  return (
    <Field label={label} hint={hint} error={error}>
      <PasswordInput autoComplete="new-password" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}

export function passwordLongEnough(value: string): boolean {
  return [...value].length >= shortestPassword;
}

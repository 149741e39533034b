import { type ReactNode, useState } from "react";
import { Trans } from "react-i18next";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Input, Textarea } from "./input";
import { ProblemNote } from "./states";

export interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, in numbers where there are some. */
  effect: ReactNode;
  /** The verb on the button: "Revoke key", never "OK". */
  action: string;
  danger?: boolean;
  /** Only for what cannot be undone: the person types this text first. */
  typed?: string;
  /** Asks for a reason, which the audit log keeps. */
  askReason?: boolean;
  onConfirm: (reason: string) => Promise<unknown>;
}

/** The one way to ask before something is done. Closes itself when the action succeeds, shows why when it does not. */
export function Confirm(props: ConfirmProps) {
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={props.title} size="sm">
      {/* Mounted anew on each opening, so that nothing typed earlier is left. */}
      {props.open && <ConfirmForm {...props} />}
    </Dialog>
  );
}

function ConfirmForm({ onOpenChange, effect, action, danger, typed, askReason, onConfirm }: ConfirmProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const ready = (!typed || text === typed) && (!askReason || reason.trim() !== "");

  async function confirm(): Promise<void> {
    setPending(true);
    setProblem(null);
    try {
      await onConfirm(reason.trim());
      onOpenChange(false);
    } catch (caught) {
      setProblem(caught);
    } finally {
      setPending(false);
    }
  }

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !pending) void confirm();
      }}
    >
      <div className="text-ink-2">{effect}</div>
      {askReason && (
        <Field label={t("confirm.reason")} hint={t("confirm.reasonHint")}>
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} rows={2} />
        </Field>
      )}
      {typed && (
        <div>
          <p className="mb-2 text-sm">
            <Trans i18nKey="confirm.typeToConfirm" values={{ text: typed }} components={{ b: <strong /> }} />
          </p>
          <Field label={t("confirm.typedText")} hideLabel>
            <Input
              value={text}
              onChange={(event) => setText(event.target.value)}
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        </div>
      )}
      {problem !== null && <ProblemNote problem={problem} />}
      <div className="flex justify-end gap-2">
        <Button onClick={() => onOpenChange(false)}>{t("action.cancel")}</Button>
        <Button type="submit" variant={danger ? "danger" : "primary"} pending={pending} disabled={!ready}>
          {action}
        </Button>
      </div>
    </form>
  );
}

import { type ReactNode, useCallback, useRef, useState } from "react";
import { fieldName, Problem } from "@/api/problem";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { ProblemNote } from "./states";

export interface Submission<Input> {
  submit: (input: Input) => void;
  pending: boolean;
  /** What failed as a whole; complaints about single fields are at those fields. */
  problem: unknown;
  /** The refusal itself, with all its complaints. */
  refusal: unknown;
  /** The server's complaint about one member of the body: `host`, `settings.host`. */
  errorOf: (name: string) => string | null;
  clear: () => void;
}

/** Sends a form and sorts what the server complains about: to the fields it names, the rest to the form. */
export function useSubmit<Input, Answer>(
  action: (input: Input) => Promise<Answer>,
  onDone: (answer: Answer, input: Input) => unknown,
): Submission<Input> {
  const { i18n } = useTranslation();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const latest = useRef({ action, onDone });
  latest.current = { action, onDone };

  const submit = useCallback((input: Input) => {
    setPending(true);
    setProblem(null);
    latest.current
      .action(input)
      .then((answer) => latest.current.onDone(answer, input))
      .catch(setProblem)
      .finally(() => setPending(false));
  }, []);

  const errors = problem instanceof Problem ? problem.errors : [];
  return {
    submit,
    pending,
    problem: errors.length > 0 && errors.every((error) => error.pointer !== "") ? null : problem,
    refusal: problem,
    errorOf: (name) => {
      const error = errors.find(
        (item) => fieldName(item.pointer) === name || fieldName(item.pointer).startsWith(`${name}.`),
      );
      if (!error) return null;
      const key = `problem.fields.${error.code}`;
      return error.code && i18n.exists(key) ? String(i18n.t(key as never)) : error.detail;
    },
    clear: () => setProblem(null),
  };
}

export interface FormProps {
  onSubmit: () => void;
  submission: Submission<never>;
  /** The verb on the main button. */
  action: string;
  /** Beside the main button. */
  secondary?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  disabledReason?: string | false | null;
  wide?: boolean;
  className?: string;
  children: ReactNode;
}

/** The one form: fields above each other, the failure beside the button, the button busy while it works. */
export function Form({
  onSubmit,
  submission,
  action,
  secondary,
  danger,
  disabled,
  disabledReason,
  wide,
  className,
  children,
}: FormProps) {
  const { pending, problem } = submission;
  return (
    <form
      noValidate
      className={cn("flex flex-col gap-4", className)}
      onSubmit={(event) => {
        event.preventDefault();
        if (!pending && !disabled && !disabledReason) onSubmit();
      }}
    >
      {children}
      {problem !== null && <ProblemNote problem={problem} />}
      <div className={cn("flex flex-wrap items-center gap-2", wide ? "flex-col items-stretch" : "justify-end")}>
        {!wide && secondary}
        <Button
          type="submit"
          variant={danger ? "danger" : "primary"}
          size={wide ? "lg" : "md"}
          pending={pending}
          disabled={disabled}
          disabledReason={disabledReason}
        >
          {action}
        </Button>
        {wide && secondary}
      </div>
    </form>
  );
}

import { CircleAlert, Inbox, Lock, RotateCw, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { Problem } from "@/api/problem";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { CopyButton } from "./copy";

interface FrameProps {
  icon: ReactNode;
  title: string;
  className?: string;
  children: ReactNode;
  role?: "alert" | "status";
  page?: boolean;
}

function Frame({ icon, title, className, children, role, page }: FrameProps) {
  const Heading = page ? "h1" : "h2";
  return (
    <div role={role} className={cn("mx-auto flex max-w-md flex-col items-center px-6 py-12 text-center", className)}>
      <div className="mb-3 grid size-11 place-items-center rounded-xl border border-line bg-surface text-ink-3 shadow-1 [&_svg]:size-5">
        {icon}
      </div>
      <Heading className="text-lg font-semibold">{title}</Heading>
      <div className="mt-1 flex flex-col items-center gap-3 text-ink-2">{children}</div>
    </div>
  );
}

export interface EmptyStateProps {
  title: string;
  /** What belongs here. */
  text: ReactNode;
  /** How to get the first one. */
  action?: ReactNode;
  icon?: ReactNode;
  className?: string;
  /** It stands for the whole page, so its title is the page's heading. */
  page?: boolean;
}

export function EmptyState({ title, text, action, icon, className, page }: EmptyStateProps) {
  return (
    <Frame icon={icon ?? <Inbox aria-hidden />} title={title} className={className} page={page}>
      <p>{text}</p>
      {action}
    </Frame>
  );
}

interface ProblemText {
  title: string;
  advice: string;
  /** The server's own words, when they say more than the title. */
  detail: string;
}

/** What a failure is called and what to do about it, in the reader's language. */
export function useProblemText(): (problem: unknown) => ProblemText {
  const { t, i18n } = useTranslation();
  return (problem) => {
    if (!(problem instanceof Problem)) {
      return { title: t("problem.unexpected"), advice: t("problem.unexpectedAdvice"), detail: "" };
    }
    const key = `problem.codes.${problem.code}`;
    if (i18n.exists(key)) return { title: String(i18n.t(key as never)), advice: "", detail: "" };
    const text = (title: string, advice: string): ProblemText => ({ title, advice, detail: problem.detail });
    if (problem.status === 0) return { ...text(t("problem.unreachable"), t("problem.unreachableAdvice")), detail: "" };
    if (problem.status === 403) return text(t("problem.forbidden"), t("problem.forbiddenAdvice"));
    if (problem.status === 404) return text(t("problem.notFound"), t("problem.notFoundAdvice"));
    if (problem.code === "conflict") return text(t("problem.conflict"), t("problem.conflictAdvice"));
    if (problem.status === 429) return text(t("problem.tooMany"), t("problem.tooManyAdvice"));
    if (problem.status === 507) return text(t("problem.diskFull"), t("problem.diskFullAdvice"));
    if (problem.status >= 500) return text(t("problem.server"), t("problem.serverAdvice"));
    return { title: problem.detail || problem.title || t("problem.unexpected"), advice: "", detail: "" };
  };
}

export interface ErrorStateProps {
  problem: unknown;
  onRetry?: () => void;
  className?: string;
  page?: boolean;
}

/** A view that could not be loaded: what failed, what to do, the request id, retry. 403 becomes the forbidden state. */
export function ErrorState({ problem, onRetry, className, page }: ErrorStateProps) {
  const { t } = useTranslation();
  const text = useProblemText()(problem);
  if (problem instanceof Problem && problem.status === 403) {
    const permission = problem.members.permission;
    return (
      <ForbiddenState permission={typeof permission === "string" ? permission : undefined} className={className} />
    );
  }
  const offline = problem instanceof Problem && problem.status === 0;
  return (
    <Frame
      role="alert"
      icon={offline ? <WifiOff aria-hidden /> : <CircleAlert aria-hidden className="text-danger-text" />}
      title={text.title}
      className={className}
      page={page}
    >
      {text.advice && <p>{text.advice}</p>}
      {text.detail && <p className="text-sm text-ink-3">{text.detail}</p>}
      {onRetry && (
        <Button onClick={onRetry}>
          <RotateCw aria-hidden />
          {t("action.retry")}
        </Button>
      )}
      {problem instanceof Problem && problem.requestId && <RequestId id={problem.requestId} />}
    </Frame>
  );
}

function RequestId({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-1 text-xs text-ink-3">
      {t("problem.requestId")} <code className="font-mono">{id}</code>
      <CopyButton text={id} label={t("action.copy")} size="sm" />
    </p>
  );
}

export interface ForbiddenStateProps {
  /** The missing permission, such as `audit.read`. */
  permission?: string;
  className?: string;
  page?: boolean;
}

/** The person may not see this: which permission is missing, and who can grant it. */
export function ForbiddenState({ permission, className, page }: ForbiddenStateProps) {
  const { t } = useTranslation();
  return (
    <Frame icon={<Lock aria-hidden />} title={t("problem.forbidden")} className={className} page={page}>
      <p>{t("problem.forbiddenWho")}</p>
      {permission && (
        <p className="text-sm text-ink-3">
          {t("problem.missingPermission")}{" "}
          <code className="rounded bg-sunken px-1 font-mono text-xs">{permission}</code>
        </p>
      )}
    </Frame>
  );
}

/** The one message beside what failed: under a form, in a dialog. */
export function ProblemNote({ problem, className }: { problem: unknown; className?: string }) {
  const text = useProblemText()(problem);
  return (
    <div
      role="alert"
      className={cn(
        "flex items-start gap-2 rounded-md border border-danger/40 bg-danger-soft px-3 py-2 text-sm text-danger-text",
        className,
      )}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{text.title}</p>
        {text.detail && <p className="break-words">{text.detail}</p>}
        {text.advice && <p>{text.advice}</p>}
        {problem instanceof Problem && problem.requestId && problem.status >= 500 && (
          <p className="mt-1 font-mono text-xs">{problem.requestId}</p>
        )}
      </div>
    </div>
  );
}

export interface NoticeProps {
  tone?: "info" | "warn" | "danger" | "ok";
  icon?: ReactNode;
  title?: string;
  children?: ReactNode;
  className?: string;
}

const noticeTones = {
  info: "border-info/35 bg-info-soft text-info-text",
  warn: "border-warn/40 bg-warn-soft text-warn-text",
  danger: "border-danger/40 bg-danger-soft text-danger-text",
  ok: "border-ok/40 bg-ok-soft text-ok-text",
};

/** A remark that belongs to the page, not to an action. */
export function Notice({ tone = "info", icon, title, children, className }: NoticeProps) {
  return (
    <div className={cn("flex items-start gap-2 rounded-md border px-3 py-2 text-sm", noticeTones[tone], className)}>
      {icon && <span className="mt-0.5 [&_svg]:size-4">{icon}</span>}
      <div className="min-w-0 flex-1">
        {title && <p className="font-medium">{title}</p>}
        {children}
      </div>
    </div>
  );
}

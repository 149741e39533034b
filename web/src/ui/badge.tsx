import { CircleAlert, CircleCheck, CircleDashed, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "@/api/types";
import { cn } from "@/lib/cn";

const tones: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok-text",
  warn: "bg-warn-soft text-warn-text",
  danger: "bg-danger-soft text-danger-text",
  info: "bg-info-soft text-info-text",
  muted: "bg-sunken text-ink-2",
};

export const toneIcons = {
  ok: CircleCheck,
  warn: TriangleAlert,
  danger: CircleAlert,
  info: Info,
  muted: CircleDashed,
} as const;

export interface BadgeProps {
  tone?: Tone;
  /** The tone's own icon: colour alone must not carry the meaning. Leave it out for plain labels. */
  icon?: boolean;
  className?: string;
  children: ReactNode;
}

/** A short state in a word, tinted by what it means. */
export function Badge({ tone = "muted", icon = false, className, children }: BadgeProps) {
  const Icon = toneIcons[tone];
  return (
    <span
      className={cn(
        "inline-flex h-5 max-w-full items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap",
        tones[tone],
        className,
      )}
    >
      {icon && <Icon aria-hidden className="size-3.5 shrink-0" />}
      <span className="truncate">{children}</span>
    </span>
  );
}

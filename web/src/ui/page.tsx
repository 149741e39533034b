import { type ReactNode, useEffect } from "react";
import { cn } from "@/lib/cn";

export interface PageProps {
  title: string;
  /** The document's title; the page's own when not given. */
  documentTitle?: string;
  /** A number or a badge beside the title. */
  aside?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** `fill`: the page is as tall as the window and its table scrolls inside. `read`: narrow, for forms and text. */
  layout?: "wide" | "fill" | "read";
  children: ReactNode;
}

/** Sets the title of the browser tab: where you are, in which workspace. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Kabinet`;
  }, [title]);
}

/** A page: its one heading, what can be done here, its content. */
export function Page({ title, documentTitle, aside, description, actions, layout = "wide", children }: PageProps) {
  useDocumentTitle(documentTitle ?? title);
  return (
    <div
      className={cn(
        "flex min-w-0 flex-col px-4 pt-5 pb-8 md:px-6",
        layout === "fill" && "min-h-0 flex-1 pb-4",
        layout === "read" && "w-full max-w-4xl",
      )}
    >
      <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-[min(100%,20rem)] flex-1">
          <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-xl font-semibold tracking-[-0.01em]">{title}</h1>
            {aside}
          </div>
          {description && <p className="mt-0.5 max-w-3xl text-ink-2">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export interface SectionProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Puts the content in a card; without it the content brings its own frame. */
  card?: boolean;
  className?: string;
  children: ReactNode;
}

/** A titled part of a page. */
export function Section({ title, description, actions, card = true, className, children }: SectionProps) {
  return (
    <section className={cn("mb-6 min-w-0", className)}>
      <div className="mb-2.5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h2 className="text-lg font-semibold">{title}</h2>
          {description && <p className="max-w-3xl text-sm text-ink-2">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {card ? <Card>{children}</Card> : children}
    </section>
  );
}

export function Card({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <div className={cn("min-w-0 rounded-lg border border-line bg-surface p-4 shadow-1", className)}>{children}</div>
  );
}

export interface DetailItem {
  key: string;
  label: ReactNode;
  value: ReactNode;
}

/** Names and values, two columns. */
export function DetailList({ items, className }: { items: readonly DetailItem[]; className?: string }) {
  return (
    <dl className={cn("grid grid-cols-[minmax(8rem,auto)_minmax(0,1fr)] gap-x-6 gap-y-2.5", className)}>
      {items.map((item) => (
        <div key={item.key} className="contents">
          <dt className="text-ink-3">{item.label}</dt>
          <dd className="min-w-0 break-words">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface TimelineItem {
  id: string;
  icon?: ReactNode;
  title: ReactNode;
  time: ReactNode;
  detail?: ReactNode;
}

/** What happened, newest first. */
export function Timeline({ items, label }: { items: readonly TimelineItem[]; label: string }) {
  return (
    <ol aria-label={label} className="relative ml-3 border-l border-line">
      {items.map((item) => (
        <li key={item.id} className="relative pb-4 pl-5 last:pb-0">
          <span className="absolute top-0.5 -left-[11px] grid size-5.5 place-items-center rounded-full border border-line bg-surface text-ink-3 [&_svg]:size-3">
            {item.icon ?? <span className="size-1.5 rounded-full bg-faint" />}
          </span>
          <div className="flex flex-wrap items-baseline gap-x-3">
            <span className="min-w-0 flex-1 font-medium break-words">{item.title}</span>
            <span className="text-xs text-ink-3">{item.time}</span>
          </div>
          {item.detail && <div className="mt-1 text-sm text-ink-2">{item.detail}</div>}
        </li>
      ))}
    </ol>
  );
}

import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { CloseButton } from "./button";
import { backdropStyle } from "./dialog";

export interface DrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Beside the close button: "open in full", a menu. */
  actions?: ReactNode;
  footer?: ReactNode;
  size?: "md" | "lg";
  /** Leaves the page behind usable: the table stays clickable while the details are open. */
  modal?: boolean;
  /** Where the focus goes when it closes; to where it was when not given. */
  finalFocus?: () => HTMLElement | null;
  children: ReactNode;
}

/** Details that slide in from the right while the list stays in view. */
export function Drawer({
  open,
  onOpenChange,
  title,
  actions,
  footer,
  size = "md",
  modal = true,
  finalFocus,
  children,
}: DrawerProps) {
  const { t } = useTranslation();
  const content = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} modal={modal} disablePointerDismissal={!modal}>
      <Base.Portal>
        {modal && <Base.Backdrop className={backdropStyle} />}
        <Base.Popup
          // Not the first button: what opens is there to be read, and the arrow keys scroll it.
          initialFocus={content}
          finalFocus={finalFocus && (() => finalFocus() ?? true)}
          className={cn(
            "fixed inset-y-0 right-0 z-40 flex w-full flex-col border-l border-line bg-surface shadow-3 outline-none transition-transform duration-200 ease-out data-ending-style:translate-x-full data-starting-style:translate-x-full",
            size === "md" ? "sm:max-w-xl" : "sm:max-w-3xl",
          )}
        >
          <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line pr-3 pl-5">
            <Base.Title className="min-w-0 flex-1 truncate text-lg font-semibold">{title}</Base.Title>
            {actions}
            <Base.Close render={<CloseButton label={t("action.close")} />} />
          </header>
          <div
            ref={content}
            className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-5 -outline-offset-1 focus-visible:outline-1"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            tabIndex={0}
          >
            {children}
          </div>
          {footer && (
            <footer className="flex items-center justify-end gap-2 border-t border-line bg-canvas px-5 py-3">
              {footer}
            </footer>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

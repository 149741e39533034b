import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Kbd } from "./kbd";

export const TooltipProvider = Base.Provider;

export interface TooltipProps {
  content: ReactNode;
  /** Keys such as `mod+k`. */
  shortcut?: string;
  side?: "top" | "bottom" | "left" | "right";
  /** One focusable element. */
  children: ReactElement<Record<string, unknown>>;
}

/** A short hint on hover and keyboard focus. The element must make sense without it. */
export function Tooltip({ content, shortcut, side = "top", children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} delay={350} closeOnClick={false} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} collisionPadding={8} className="z-60">
          <Base.Popup className="max-w-80 rounded-md bg-ink px-2 py-1.5 text-xs text-canvas shadow-2 transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            <span className="whitespace-pre-line">{content}</span>
            {shortcut && <Kbd keys={shortcut} className="ml-2 border-transparent bg-white/15 text-inherit" />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

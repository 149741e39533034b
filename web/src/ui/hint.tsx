import { Popover as Base } from "@base-ui/react/popover";
import { Info } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { popupStyle } from "./popover";

/** ⓘ beside a name: what it means, how it is computed. Opens on hover, by touch and by keyboard. */
export function Hint({ about, className, children }: { about: string; className?: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Base.Root>
      <Base.Trigger
        openOnHover
        delay={200}
        aria-label={t("hint.about", { name: about })}
        className={cn(
          "relative z-1 inline-grid size-5 shrink-0 place-items-center rounded text-ink-3 hover:text-ink data-popup-open:text-ink",
          className,
        )}
      >
        <Info aria-hidden className="size-3.5" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner side="top" sideOffset={4} collisionPadding={8} className="z-50">
          <Base.Popup className={cn(popupStyle, "w-72 max-w-(--available-width) p-3 text-sm")}>
            <Base.Title className="mb-1 font-semibold">{about}</Base.Title>
            <div className="flex flex-col gap-1.5 text-ink-2">{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

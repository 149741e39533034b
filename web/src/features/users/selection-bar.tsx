import { ClipboardCopy, X } from "lucide-react";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { useFormat } from "@/ui/format";
import { toast } from "@/ui/toast";

export interface SelectionBarProps {
  loaded: number;
  total: number | undefined;
  selection: ReadonlySet<string>;
  onClear: () => void;
}

/** Below the table: how much of the list is here, and what can be done with the chosen rows. */
export function SelectionBar({ loaded, total, selection, onClear }: SelectionBarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const ids = [...selection];
  return (
    <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-3">
      <span className="nums" aria-live="polite">
        {total !== undefined &&
          total > 0 &&
          t("users.loaded", { loaded: format.number(loaded), total: format.number(Math.max(total, loaded)) })}
      </span>
      {ids.length > 0 && (
        <span className="ml-auto flex flex-wrap items-center gap-2">
          <span className="nums font-medium text-ink">
            {t("users.selected", { count: ids.length, number: format.number(ids.length) })}
          </span>
          <Button
            size="sm"
            onClick={() =>
              void navigator.clipboard
                .writeText(ids.join("\n"))
                .then(() => toast({ title: t("users.idsCopied", { count: ids.length }) }))
            }
          >
            <ClipboardCopy aria-hidden />
            {t("users.copyIds")}
          </Button>
          <Button size="sm" variant="ghost" onClick={onClear}>
            <X aria-hidden />
            {t("users.clearSelection")}
          </Button>
        </span>
      )}
    </div>
  );
}

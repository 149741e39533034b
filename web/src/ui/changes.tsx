import { Minus, Pencil, Plus } from "lucide-react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { changes, inline } from "@/lib/diff";

const marks = {
  added: { icon: Plus, tone: "text-ok-text" },
  removed: { icon: Minus, tone: "text-danger-text" },
  changed: { icon: Pencil, tone: "text-info-text" },
} as const;

/** Before and after of one change, member by member. */
export function Changes({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useTranslation();
  const list = changes(before, after);
  if (list.length === 0) return <p className="text-ink-3">{t("changes.none")}</p>;
  return (
    <div className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full text-sm">
        <thead>
          <tr className="bg-canvas text-left text-xs text-ink-2">
            <th scope="col" className="px-3 py-2 font-medium">
              {t("changes.field")}
            </th>
            <th scope="col" className="px-3 py-2 font-medium">
              {t("changes.before")}
            </th>
            <th scope="col" className="px-3 py-2 font-medium">
              {t("changes.after")}
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((change) => {
            const { icon: Icon, tone } = marks[change.kind];
            return (
              <tr key={change.path} className="border-t border-line align-top">
                <th scope="row" className="px-3 py-2 text-left font-normal">
                  <span className="flex items-start gap-1.5">
                    <Icon aria-label={t(`changes.${change.kind}`)} className={cn("mt-0.5 size-3.5 shrink-0", tone)} />
                    <code className="font-mono text-xs break-all">{change.path || t("changes.whole")}</code>
                  </span>
                </th>
                <td
                  className={cn("px-3 py-2 font-mono text-xs break-all", change.kind !== "added" && "text-danger-text")}
                >
                  {change.kind === "added" ? "" : inline(change.before)}
                </td>
                <td
                  className={cn("px-3 py-2 font-mono text-xs break-all", change.kind !== "removed" && "text-ok-text")}
                >
                  {change.kind === "removed" ? "" : inline(change.after)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

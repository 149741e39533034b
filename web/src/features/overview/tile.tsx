import { Link } from "@tanstack/react-router";
import { TrendingDown, TrendingUp } from "lucide-react";
import { isMoney } from "@/features/users/cells";
import { humanName } from "@/features/users/properties";
import { withoutEmpty } from "@/features/users/search";
import { useTranslation } from "@/i18n/use-translation";
import { useFormat } from "@/ui/format";
import { Hint } from "@/ui/hint";
import { Tooltip } from "@/ui/tooltip";
import type { Tile } from "./queries";

/** One number of the workspace: what it was before, what it means, and a way to the rows behind it. */
export function TileCard({ workspace, tile }: { workspace: string; tile: Tile }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const text = (part: "label" | "about" | "before") => {
    const key = `overview.tile.${tile.key}.${part}`;
    return i18n.exists(key) ? String(i18n.t(key as never)) : null;
  };
  const name = text("label") ?? (tile.label ? format.label(tile.label) : humanName(tile.key));
  const about = text("about");
  const { shown, exact } = useTileTexts(tile);
  const leads = tile.filter !== undefined || tile.alert !== undefined;
  return (
    <div className="relative flex min-h-24 flex-col gap-1 rounded-lg border border-line bg-surface p-4 shadow-1 has-[a:hover]:border-line-strong">
      <div className="flex items-center justify-between gap-1 text-sm text-ink-2">
        {name}
        {about && (
          <Hint about={name}>
            <p>{about}</p>
          </Hint>
        )}
      </div>
      <div className="nums text-2xl font-semibold tracking-[-0.01em]">
        {leads ? (
          <Tooltip content={exact}>
            <Link
              to="/$workspace/users"
              params={{ workspace }}
              search={withoutEmpty({ filter: tile.filter ?? undefined, alert: tile.alert ?? undefined })}
              aria-label={`${name}: ${t("overview.showRows")}`}
              className="after:absolute after:inset-0 after:rounded-lg"
            >
              {shown}
            </Link>
          </Tooltip>
        ) : (
          <Tooltip content={exact}>
            <span>{shown}</span>
          </Tooltip>
        )}
      </div>
      <Delta tile={tile} before={text("before") ?? t("overview.before")} />
    </div>
  );
}

/** The number as the tile shows it, short where it is long, and in full. */
function useTileTexts({ value, unit }: Tile): { shown: string; exact: string } {
  const format = useFormat();
  if (value === null) return { shown: "—", exact: "—" };
  if (isMoney(value)) return { shown: format.moneyShort(value), exact: format.money(value) };
  const number = Number(value);
  if (unit === "percent" || unit === "%") return { shown: format.percent(number), exact: format.percent(number) };
  return { shown: format.short(number), exact: format.number(number) };
}

function amountOf(value: Tile["value"] | undefined): number | null {
  if (value === null || value === undefined) return null;
  return isMoney(value) ? value.amount : Number(value);
}

/** The change against the earlier number, in the same unit and in percent. */
function Delta({ tile, before }: { tile: Tile; before: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = amountOf(tile.value);
  const then = amountOf(tile.previous);
  if (now === null || then === null) return null;
  const change = now - then;
  const Icon = change < 0 ? TrendingDown : TrendingUp;
  if (change === 0) return <p className="mt-auto text-xs text-ink-3">{t("overview.same", { before })}</p>;
  const sign = change > 0 ? "+" : "−";
  const size =
    then === 0
      ? format.number(Math.abs(change))
      : format.percent(Math.round((Math.abs(change) / Math.abs(then)) * 1000) / 10);
  return (
    <p className="mt-auto flex flex-wrap items-center gap-x-1 text-xs text-ink-3">
      <Icon aria-hidden className="size-3.5" />
      <span className="nums font-medium whitespace-nowrap text-ink-2">
        {sign}
        {size}
      </span>
      {before}
    </p>
  );
}

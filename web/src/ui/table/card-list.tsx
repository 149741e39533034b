import { useVirtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Checkbox } from "../checkbox";
import { SkeletonLines } from "../skeleton";
import type { DataTableProps } from "./data-table";
import type { DataColumn } from "./types";

interface CardListProps<Row> extends DataTableProps<Row> {
  shown: DataColumn<Row>[];
  selection: ReadonlySet<string>;
  scrollRef: RefObject<HTMLDivElement | null>;
}

/** The narrow form: each row is a card. */
export function CardList<Row>(props: CardListProps<Row>) {
  const { rows, rowId, scrollRef, height = "auto" } = props;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => 140,
    overscan: 6,
    enabled: height === "fill",
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
  });
  if (props.loading) {
    return (
      <div className="divide-y divide-line">
        {["a", "b", "c", "d", "e"].map((key) => (
          <SkeletonLines key={key} className="p-4" />
        ))}
      </div>
    );
  }
  if (height !== "fill") {
    return (
      <ul aria-label={props.label} className="divide-y divide-line">
        {rows.map((row, index) => (
          <li key={rowId(row)}>
            <Card {...props} row={row} index={index} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <ul aria-label={props.label} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return row === undefined ? null : (
          <li
            key={item.key}
            data-index={item.index}
            ref={virtualizer.measureElement}
            className="absolute inset-x-0 top-0 border-b border-line"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Card {...props} row={row} index={item.index} />
          </li>
        );
      })}
    </ul>
  );
}

function Card<Row>(props: CardListProps<Row> & { row: Row; index: number }) {
  const { row, rowId, shown, selection, onOpen, onSelectionChange } = props;
  const { t } = useTranslation();
  const id = rowId(row);
  const title = shown.find((column) => column.card === "title") ?? shown[0];
  const lines = shown.filter((column) => column !== title && column.card !== "none");
  const name = props.rowName?.(row) ?? id;
  return (
    <article className={cn("relative p-4", props.activeId === id && "bg-accent-soft")}>
      <div className="mb-2 flex items-center gap-2 font-medium">
        {onSelectionChange && (
          <Checkbox
            className="relative z-1"
            ariaLabel={t("table.selectRow", { row: name })}
            checked={selection.has(id)}
            onChange={(checked) => {
              const next = new Set(selection);
              if (checked) next.add(id);
              else next.delete(id);
              onSelectionChange(next);
            }}
          />
        )}
        <div className="min-w-0 flex-1 truncate">{title?.cell(row)}</div>
      </div>
      <dl className="grid grid-cols-[minmax(6rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        {lines.map((column) => (
          <div key={column.id} className="contents">
            <dt className="text-ink-3">{column.header}</dt>
            <dd className={cn("min-w-0 truncate", column.align === "end" && "nums")}>{column.cell(row)}</dd>
          </div>
        ))}
      </dl>
      {onOpen && (
        <button
          type="button"
          data-row={props.index}
          aria-label={t("table.openRow", { row: name })}
          onClick={() => onOpen(row)}
          className="absolute inset-0 outline-offset-[-2px]"
        />
      )}
    </article>
  );
}

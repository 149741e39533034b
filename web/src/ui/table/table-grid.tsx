import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type RefObject, useEffect } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Checkbox } from "../checkbox";
import { Skeleton } from "../skeleton";
import { Tooltip } from "../tooltip";
import type { DataTableProps } from "./data-table";
import { type DataColumn, nextSort, sortDirection } from "./types";

interface TableGridProps<Row> extends DataTableProps<Row> {
  shown: { data: DataColumn<Row>; size: number }[];
  resizers: Map<string, (event: unknown) => void>;
  selection: ReadonlySet<string>;
  cursor: number;
  setCursor: (index: number) => void;
  scrollRef: RefObject<HTMLDivElement | null>;
}

const selectionWidth = 40;

/** The wide form: a real table with a sticky head, of whose rows only those in view exist. */
export function TableGrid<Row>(props: TableGridProps<Row>) {
  const { shown, rows, rowId, selection, scrollRef, rowHeight = 38, height = "auto" } = props;
  const { t } = useTranslation();
  const count = props.loading ? 12 : rows.length;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    enabled: height === "fill",
    scrollPaddingStart: 36,
    initialRect: { width: 1200, height: 800 },
  });

  useEffect(() => {
    const container = scrollRef.current;
    function show(event: Event): void {
      virtualizer.scrollToIndex((event as CustomEvent<number>).detail, { align: "auto" });
    }
    container?.addEventListener("kabinet:show-row", show);
    return () => container?.removeEventListener("kabinet:show-row", show);
  }, [virtualizer, scrollRef]);

  const virtual = height === "fill" ? virtualizer.getVirtualItems() : null;
  const indexes = virtual ? virtual.map((item) => item.index) : Array.from({ length: count }, (_, index) => index);
  const before = virtual?.[0]?.start ?? 0;
  const after = virtual ? virtualizer.getTotalSize() - (virtual.at(-1)?.end ?? 0) : 0;
  const selectable = props.onSelectionChange !== undefined;
  const width = shown.reduce((sum, column) => sum + column.size, selectable ? selectionWidth : 0);
  const columnCount = shown.length + (selectable ? 1 : 0);
  const chosen = rows.filter((row) => selection.has(rowId(row))).length;

  return (
    <table
      aria-label={props.label}
      aria-rowcount={props.hasMore ? -1 : rows.length + 1}
      className="w-full table-fixed border-separate border-spacing-0"
      style={{ minWidth: width }}
    >
      <colgroup>
        {selectable && <col style={{ width: selectionWidth }} />}
        {shown.map((column) => (
          <col key={column.data.id} style={{ width: column.size }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {selectable && (
            <th scope="col" className={cn(headStyle, "px-0 text-center")}>
              <Checkbox
                ariaLabel={t("table.selectAll")}
                checked={chosen > 0 && chosen === rows.length}
                indeterminate={chosen > 0 && chosen < rows.length}
                disabled={props.loading}
                onChange={(checked) => props.onSelectionChange?.(new Set(checked ? rows.map(rowId) : []))}
              />
            </th>
          )}
          {shown.map((column) => (
            <HeadCell key={column.data.id} {...props} column={column.data} />
          ))}
        </tr>
      </thead>
      <tbody>
        {before > 0 && <Spacer height={before} columns={columnCount} />}
        {props.loading
          ? indexes.map((index) => <SkeletonRow key={index} {...props} index={index} selectable={selectable} />)
          : indexes.map((index) => {
              const row = rows[index];
              return row === undefined ? null : (
                <BodyRow key={rowId(row)} {...props} row={row} index={index} selectable={selectable} />
              );
            })}
        {after > 0 && <Spacer height={after} columns={columnCount} />}
      </tbody>
    </table>
  );
}

const headStyle =
  "sticky top-0 z-10 h-9 border-b border-line bg-canvas px-3 text-left text-xs font-medium text-ink-2 select-none";

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a table row takes no focus by itself
    <tr aria-hidden="true">
      <td colSpan={columns} className="p-0" style={{ height }} />
    </tr>
  );
}

function HeadCell<Row>({ column, sort, onSortChange, resizers }: TableGridProps<Row> & { column: DataColumn<Row> }) {
  const { t } = useTranslation();
  const direction = sortDirection(sort, column.id);
  const Arrow = direction === "descending" ? ArrowDown : ArrowUp;
  const text = <span className="truncate">{column.header}</span>;
  const sortable = column.sortable && onSortChange;
  const content = sortable ? (
    <button
      type="button"
      onClick={() => onSortChange(nextSort(sort, column.id))}
      className={cn(
        "-mx-1 flex max-w-[calc(100%+0.5rem)] min-w-0 items-center gap-1 rounded px-1 py-0.5 hover:text-ink",
        column.align === "end" && "ml-auto flex-row-reverse",
        direction && "text-ink",
      )}
    >
      {text}
      <Arrow aria-hidden className={cn("size-3.5 shrink-0", direction ? "text-accent-text" : "opacity-0")} />
    </button>
  ) : (
    <span
      className={cn("flex min-w-0", column.align === "end" && "justify-end")}
      tabIndex={column.hint ? 0 : undefined}
    >
      {text}
    </span>
  );
  const resize = resizers.get(column.id);
  return (
    <th
      scope="col"
      aria-sort={sortable ? (direction ?? "none") : undefined}
      className={cn(headStyle, "group", column.pinned && "left-0 z-20 border-r")}
    >
      {column.hint ? <Tooltip content={`${column.header}\n${column.hint}`}>{content}</Tooltip> : content}
      {resize && (
        <span
          aria-hidden
          title={t("table.resize")}
          onPointerDown={(event) => event.stopPropagation()}
          onMouseDown={resize}
          onTouchStart={resize}
          className="absolute top-0 right-0 h-full w-2 cursor-col-resize touch-none opacity-0 group-hover:opacity-100 after:absolute after:inset-y-2 after:right-0 after:w-px after:bg-line-strong"
        />
      )}
    </th>
  );
}

interface BodyRowProps<Row> extends TableGridProps<Row> {
  row: Row;
  index: number;
  selectable: boolean;
}

function BodyRow<Row>(props: BodyRowProps<Row>) {
  const { row, index, rowId, shown, selection, onOpen, onIntent, onSelectionChange, rowHeight = 38 } = props;
  const { t } = useTranslation();
  const id = rowId(row);
  const selected = selection.has(id);
  const active = props.activeId === id;
  const open = onOpen ? () => onOpen(row) : undefined;
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={props.selectable ? selected : undefined}
      aria-current={active || undefined}
      tabIndex={onOpen ? (index === Math.max(0, props.cursor) ? 0 : -1) : undefined}
      onFocus={() => props.setCursor(index)}
      onPointerEnter={onIntent ? () => onIntent(row) : undefined}
      onClick={(event) => {
        // A click on something of its own inside the row, or the end of selecting text, does not open the row.
        const inner = (event.target as HTMLElement).closest("a, button, input, label, [role=checkbox]");
        if (open && !inner && window.getSelection()?.toString() === "") open();
      }}
      className={cn(
        "group/row bg-surface outline-offset-[-2px]",
        onOpen && "cursor-pointer hover:bg-hover",
        (selected || active) && "bg-accent-soft hover:bg-accent-soft",
      )}
      style={{ height: rowHeight }}
    >
      {props.selectable && (
        <td className="border-b border-line px-0 text-center align-middle leading-none">
          <Checkbox
            ariaLabel={t("table.selectRow", { row: props.rowName?.(row) ?? id })}
            checked={selected}
            onChange={(checked) => {
              const next = new Set(selection);
              if (checked) next.add(id);
              else next.delete(id);
              onSelectionChange?.(next);
            }}
          />
        </td>
      )}
      {shown.map((column) => (
        <td
          key={column.data.id}
          className={cn(
            "truncate border-b border-line px-3 py-0",
            column.data.align === "end" && "nums text-right",
            column.data.pinned && "sticky left-0 z-5 border-r bg-inherit",
          )}
        >
          {column.data.cell(row)}
        </td>
      ))}
    </tr>
  );
}

const skeletonWidths = ["w-3/5", "w-4/5", "w-2/5", "w-1/2", "w-2/3"];

function SkeletonRow<Row>({
  shown,
  selectable,
  rowHeight = 38,
  index,
}: TableGridProps<Row> & { selectable: boolean; index: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a table row takes no focus by itself
    <tr aria-hidden="true" style={{ height: rowHeight }}>
      {selectable && (
        <td className="border-b border-line px-3">
          <Skeleton className="size-4" />
        </td>
      )}
      {shown.map((column, position) => (
        <td key={column.data.id} className="border-b border-line px-3">
          <Skeleton
            className={cn(
              skeletonWidths[(index + position) % skeletonWidths.length],
              column.data.align === "end" && "ml-auto",
            )}
          />
        </td>
      ))}
    </tr>
  );
}

import {
  type ColumnSizingState,
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { useNarrow } from "@/lib/hooks";
import { Button } from "../button";
import { ErrorState } from "../states";
import { CardList } from "./card-list";
import { TableGrid } from "./table-grid";
import type { DataColumn, Sort } from "./types";

export const gridFeatures = tableFeatures({
  columnVisibilityFeature,
  columnOrderingFeature,
  columnSizingFeature,
  columnResizingFeature,
  rowSelectionFeature,
});

export interface DataTableProps<Row> {
  /** What the table lists: its name for screen readers. */
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;

  /** Nothing has come yet: skeleton rows in the final layout. */
  loading?: boolean;
  /** Old rows stay in view while new ones come. */
  refreshing?: boolean;
  problem?: unknown;
  onRetry?: () => void;
  /** Shown when there are no rows. */
  empty: ReactNode;

  /** Ids of the visible columns in their order; all of them when not given. */
  visible?: readonly string[];
  sort?: Sort;
  onSortChange?: (sort: Sort) => void;

  selection?: ReadonlySet<string>;
  onSelectionChange?: (selection: ReadonlySet<string>) => void;
  /** Names a row for its checkbox. */
  rowName?: (row: Row) => string;

  /** Click or Enter on a row. */
  onOpen?: (row: Row) => void;
  /** The row is under the pointer or the keyboard: a good moment to prefetch. */
  onIntent?: (row: Row) => void;
  /** The row whose details are open. */
  activeId?: string;

  hasMore?: boolean;
  loadingMore?: boolean;
  onLoadMore?: () => void;
  /** A "load more" that failed does not take the rows away. */
  moreProblem?: unknown;

  /** `fill` takes the height that is left and scrolls inside; `auto` is as tall as its rows. */
  height?: "fill" | "auto";
  rowHeight?: number;
}

const noSelection: ReadonlySet<string> = new Set();

/** The one table of the panel. It shows, sorts, selects and opens rows; what the rows mean is the page's business. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, visible, selection = noSelection, height = "auto" } = props;
  const { t } = useTranslation();
  const narrow = useNarrow();
  const scrollRef = useRef<HTMLDivElement>(null);
  const [sizing, setSizing] = useState<ColumnSizingState>({});
  const [cursor, setCursor] = useState(-1);

  const columnDefs = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        size: column.width ?? 160,
        minSize: 64,
        maxSize: 800,
      })),
    [columns],
  );
  const order = useMemo(() => [...(visible ?? columns.map((column) => column.id))], [visible, columns]);
  const visibility = useMemo(
    () => Object.fromEntries(columns.map((column) => [column.id, visible ? visible.includes(column.id) : true])),
    [columns, visible],
  );
  const rowSelection = useMemo(() => Object.fromEntries([...selection].map((id) => [id, true as const])), [selection]);

  const table = useTable({
    features: gridFeatures,
    columns: columnDefs as never,
    data: rows as never,
    getRowId: rowId as never,
    state: { columnOrder: order, columnVisibility: visibility, columnSizing: sizing, rowSelection },
    onColumnSizingChange: setSizing,
    columnResizeMode: "onChange",
  });

  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const shown = table.getVisibleLeafColumns().flatMap((column) => {
    const data = byId.get(column.id);
    return data ? [{ data, size: column.getSize() }] : [];
  });
  const resizers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header.getResizeHandler()]));

  useTableKeys({ scrollRef, rows, cursor, setCursor, onOpen: props.onOpen, onIntent: props.onIntent });
  useLoadWhenNear(scrollRef, props);

  const frame = cn(
    "min-w-0 overflow-hidden rounded-lg border border-line bg-surface shadow-1",
    height === "fill" && "flex min-h-64 flex-1 flex-col",
  );
  if (props.problem && rows.length === 0) {
    return (
      <div className={frame}>
        <ErrorState problem={props.problem} onRetry={props.onRetry} />
      </div>
    );
  }
  if (!props.loading && rows.length === 0) return <div className={frame}>{props.empty}</div>;

  return (
    <div className={frame} aria-busy={props.loading || props.refreshing || undefined}>
      <div
        ref={scrollRef}
        data-table-scroll
        className={cn(
          "relative min-w-0 overflow-auto overscroll-x-contain",
          height === "fill" && "min-h-0 flex-1",
          props.refreshing && "opacity-60 transition-opacity delay-150 duration-200",
        )}
      >
        {narrow ? (
          <CardList {...props} shown={shown.map((column) => column.data)} selection={selection} scrollRef={scrollRef} />
        ) : (
          <TableGrid
            {...props}
            shown={shown}
            resizers={resizers}
            selection={selection}
            cursor={cursor}
            setCursor={setCursor}
            scrollRef={scrollRef}
          />
        )}
        {props.hasMore && !props.loading && (
          <div className="sticky left-0 flex items-center justify-center gap-3 border-t border-line py-2">
            {props.moreProblem ? <span className="text-sm text-danger-text">{t("table.moreFailed")}</span> : null}
            <Button size="sm" variant="ghost" pending={props.loadingMore} onClick={props.onLoadMore}>
              {t("table.loadMore")}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

interface KeysOptions<Row> {
  scrollRef: React.RefObject<HTMLDivElement | null>;
  rows: readonly Row[];
  cursor: number;
  setCursor: (index: number) => void;
  onOpen?: (row: Row) => void;
  onIntent?: (row: Row) => void;
}

/** j and k walk through the rows, Enter opens, from anywhere on the page where nobody is typing. */
function useTableKeys<Row>(options: KeysOptions<Row>): void {
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      const { scrollRef, rows, cursor, setCursor, onOpen, onIntent } = latest.current;
      if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0 || !onOpen) return;
      const target = event.target as HTMLElement;
      if (target.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]"))
        return;
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step !== 0) {
        event.preventDefault();
        const next = Math.min(rows.length - 1, Math.max(0, cursor + step));
        const row = rows[next];
        setCursor(next);
        if (row) onIntent?.(row);
        focusRow(scrollRef.current, next);
      } else if (
        event.key === "Enter" &&
        cursor >= 0 &&
        (target === document.body || target.dataset.row !== undefined)
      ) {
        const row = rows[cursor];
        if (row) {
          event.preventDefault();
          onOpen(row);
        }
      }
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Brings a row of a table into view and focuses it: for details that close and give the focus back. */
export function returnToRow(index: number): HTMLElement | null {
  const container = document.querySelector<HTMLDivElement>("[data-table-scroll]");
  focusRow(container, index);
  return container?.querySelector<HTMLElement>(`[data-row="${index}"]`) ?? null;
}

/** The row may lie outside what is rendered: the grid scrolls it into view, and it is focused once it exists. */
function focusRow(container: HTMLDivElement | null, index: number): void {
  container?.dispatchEvent(new CustomEvent("kabinet:show-row", { detail: index }));
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      container?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus({ preventScroll: true }),
    ),
  );
}

/** Asks for the next page a screen before the end is reached. */
function useLoadWhenNear<Row>(scrollRef: React.RefObject<HTMLDivElement | null>, props: DataTableProps<Row>): void {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const container = scrollRef.current;
    if (!container) return;
    function onScroll(): void {
      const { hasMore, loadingMore, moreProblem, onLoadMore, height } = latest.current;
      if (!container || height !== "fill" || !hasMore || loadingMore || moreProblem) return;
      if (container.scrollHeight - container.scrollTop - container.clientHeight < container.clientHeight)
        onLoadMore?.();
    }
    container.addEventListener("scroll", onScroll, { passive: true });
    return () => container.removeEventListener("scroll", onScroll);
  });
}

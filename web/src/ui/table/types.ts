import type { ReactNode } from "react";

/** One column of the data table. */
export interface DataColumn<Row> {
  /** Stable: used in URLs, saved views and the server's `columns=`. */
  id: string;
  /** The heading, also the label in a card and in the column chooser. */
  header: string;
  /** Explains the column: shown on hover and focus of the heading. */
  hint?: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and money go to the end. */
  align?: "start" | "end";
  /** Width in pixels; the table grows beyond the window and scrolls when they do not fit. */
  width?: number;
  sortable?: boolean;
  /** `false`: cannot be hidden, such as the name that opens the row. */
  hideable?: boolean;
  /** Stays at the left edge while the others scroll by, such as the name. */
  pinned?: boolean;
  /** Place in a card on a phone: its heading, a line (the default), or left out. */
  card?: "title" | "line" | "none";
}

/** Field key, with `-` in front for descending: `-registered_at`. */
export type Sort = string;

export function sortDirection(sort: Sort | undefined, column: string): "ascending" | "descending" | undefined {
  if (sort === column) return "ascending";
  if (sort === `-${column}`) return "descending";
  return undefined;
}

/** What a click on the heading makes of the present order: ascending, descending, and round again. */
export function nextSort(sort: Sort | undefined, column: string): Sort {
  return sortDirection(sort, column) === "ascending" ? `-${column}` : column;
}

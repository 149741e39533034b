export { ColumnChooser, type ColumnChooserProps } from "./column-chooser";
export { DataTable, type DataTableProps, returnToRow } from "./data-table";
export { type DataColumn, nextSort, type Sort, sortDirection } from "./types";

export { ColumnChooser, type ColumnChooserProps } from "./column-chooser";
export { DataTable, type DataTableProps } from "./data-table";
export { type DataColumn, nextSort, type Sort, sortDirection } from "./types";

import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { renderIn } from "@/test/render";
import { DataTable, type DataTableProps } from "./data-table";
import type { DataColumn } from "./types";

interface Row {
  id: string;
  name: string;
  sum: number;
}

const rows: Row[] = [
  { id: "1", name: "Ada", sum: 3 },
  { id: "2", name: "Grace", sum: 2 },
  { id: "3", name: "Edith", sum: 1 },
];

const columns: DataColumn<Row>[] = [
  { id: "name", header: "Name", cell: (row) => row.name, sortable: true },
  { id: "sum", header: "Sum", cell: (row) => row.sum, align: "end" },
];

function table(change: Partial<DataTableProps<Row>> = {}) {
  return (
    <DataTable
      label="People"
      columns={columns}
      rows={rows}
      rowId={(row) => row.id}
      rowName={(row) => row.name}
      empty={<p>Nobody yet</p>}
      {...change}
    />
  );
}

it("is a table with a name, heads and rows", async () => {
  await renderIn("en", table());
  expect(screen.getByRole("table", { name: "People" })).toBeVisible();
  expect(screen.getAllByRole("columnheader").map((head) => head.textContent)).toEqual(["Name", "Sum"]);
  expect(screen.getByRole("row", { name: /Grace/ })).toBeVisible();
});

it("shows the chosen columns in the chosen order", async () => {
  await renderIn("en", table({ visible: ["sum", "name"] }));
  expect(screen.getAllByRole("columnheader").map((head) => head.textContent)).toEqual(["Sum", "Name"]);
});

it("sorts by a click on a sortable head, and back", async () => {
  const sorted = vi.fn();
  await renderIn("en", table({ sort: "-name", onSortChange: sorted }));
  expect(screen.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "descending");
  expect(screen.getByRole("columnheader", { name: "Sum" })).not.toHaveAttribute("aria-sort");
  await userEvent.click(screen.getByRole("button", { name: "Name" }));
  expect(sorted).toHaveBeenLastCalledWith("name");
});

it("walks with j and k, and opens with Enter", async () => {
  const opened = vi.fn();
  await renderIn("en", table({ onOpen: opened }));
  await userEvent.keyboard("jjk");
  await userEvent.keyboard("{Enter}");
  expect(opened).toHaveBeenCalledWith(rows[0]);
});

it("leaves j and k to whoever is typing", async () => {
  const opened = vi.fn();
  await renderIn(
    "en",
    <>
      <input aria-label="Search" />
      {table({ onOpen: opened })}
    </>,
  );
  await userEvent.type(screen.getByLabelText("Search"), "jk{Enter}");
  expect(screen.getByLabelText("Search")).toHaveValue("jk");
  expect(opened).not.toHaveBeenCalled();
});

it("selects rows one by one and all at once", async () => {
  const selected: string[][] = [];
  const onSelectionChange = (selection: ReadonlySet<string>) => void selected.push([...selection].sort());
  await renderIn("en", table({ selection: new Set(["2"]), onSelectionChange, onOpen: vi.fn() }));
  await userEvent.click(screen.getByRole("checkbox", { name: "Select Ada" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "Select Grace" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "Select all rows shown" }));
  expect(selected).toEqual([["1", "2"], [], ["1", "2", "3"]]);
});

it("does not open a row when something of its own inside is used", async () => {
  const opened = vi.fn();
  const pressed = vi.fn();
  const withButton: DataColumn<Row>[] = [
    ...columns,
    {
      id: "action",
      header: "Action",
      cell: () => (
        <button type="button" onClick={pressed}>
          Undo
        </button>
      ),
    },
  ];
  await renderIn("en", table({ columns: withButton, onOpen: opened }));
  await userEvent.click(within(screen.getByRole("row", { name: /Ada/ })).getByRole("button", { name: "Undo" }));
  expect(pressed).toHaveBeenCalled();
  expect(opened).not.toHaveBeenCalled();
  fireEvent.click(screen.getByText("Ada"));
  expect(opened).toHaveBeenCalledWith(rows[0]);
});

it("keeps its layout while the first rows are awaited", async () => {
  const { container } = await renderIn("en", table({ rows: [], loading: true }));
  expect(container.querySelector("[aria-busy=true]")).not.toBeNull();
  expect(screen.getAllByRole("columnheader")).toHaveLength(2);
});

it("says what belongs here when there is nothing", async () => {
  await renderIn("en", table({ rows: [] }));
  expect(screen.getByText("Nobody yet")).toBeVisible();
});

it("says what failed and how to go on", async () => {
  const retry = vi.fn();
  await renderIn("en", table({ rows: [], problem: new Problem(500, { request_id: "r-7" }), onRetry: retry }));
  expect(screen.getByRole("alert")).toHaveTextContent("The server could not do this");
  expect(screen.getByRole("alert")).toHaveTextContent("r-7");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalled();
});

it("says who can grant what is forbidden", async () => {
  await renderIn("en", table({ rows: [], problem: new Problem(403, { permission: "users.read" }) }));
  expect(screen.getByText(/A super admin can grant it to you/)).toBeVisible();
  expect(screen.getByText("users.read")).toBeVisible();
});

it("keeps its rows when the next page fails", async () => {
  const more = vi.fn();
  await renderIn("en", table({ hasMore: true, onLoadMore: more, moreProblem: new Problem(500, {}) }));
  expect(screen.getByRole("row", { name: /Ada/ })).toBeVisible();
  expect(screen.getByText("The next rows could not be loaded.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));
  expect(more).toHaveBeenCalled();
});

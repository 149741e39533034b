import { useMemo } from "react";
import type { Alert, Field, UserRow, Workspace } from "@/api/types";
import { AlertMark } from "@/features/alerts/alert-mark";
import { useFormat } from "@/ui/format";
import type { DataColumn } from "@/ui/table";
import { FieldValue, isNumeric } from "./cells";

const widthByType: Record<Field["type"], number> = {
  text: 170,
  integer: 135,
  number: 135,
  percent: 110,
  boolean: 130,
  timestamp: 160,
  enum: 160,
  money: 140,
};
const widthByKey: Record<string, number> = { id: 90, name: 230, email: 210, phone: 150, telegram_username: 140 };

/** What a user is called where the product gave no name. */
export function userName(user: UserRow): string {
  const { name, email, telegram_username: telegram } = user.fields;
  if (typeof name === "string" && name !== "") return name;
  if (typeof email === "string" && email !== "") return email;
  if (typeof telegram === "string" && telegram !== "") return `@${telegram.replace(/^@/, "")}`;
  return user.id;
}

/** One column for each field of the workspace. */
export function useUserColumns(workspace: Workspace): DataColumn<UserRow>[] {
  const format = useFormat();
  return useMemo(
    () => workspace.fields.map((field) => userColumn(field, workspace.alerts, format.label)),
    [workspace.fields, workspace.alerts, format.label],
  );
}

function userColumn(
  field: Field,
  alerts: readonly Alert[],
  label: (label: Field["label"]) => string,
): DataColumn<UserRow> {
  const short = label(field.short_label);
  const long = label(field.label);
  const about = [long === short ? null : long, label(field.description)].filter(Boolean).join("\n");
  return {
    id: field.key,
    header: short,
    hint: about || undefined,
    align: isNumeric(field) ? "end" : "start",
    width: widthByKey[field.key] ?? widthByType[field.type],
    sortable: field.sortable,
    hideable: field.key !== "name",
    pinned: field.key === "name",
    card: field.key === "name" ? "title" : "line",
    cell: (row) =>
      field.key === "name" ? (
        <NameCell row={row} alerts={alerts} />
      ) : (
        <FieldValue field={field} value={fieldOf(row, field.key)} />
      ),
  };
}

function fieldOf(row: UserRow, key: string) {
  return key === "id" ? row.id : row.fields[key];
}

function NameCell({ row, alerts }: { row: UserRow; alerts: readonly Alert[] }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate font-medium">{userName(row)}</span>
      <AlertMarks row={row} alerts={alerts} />
    </span>
  );
}

/** The signs of the alerts a user is in, the gravest first. */
export function AlertMarks({ row, alerts }: { row: UserRow; alerts: readonly Alert[] }) {
  const active = alerts
    .flatMap((alert) => {
      const entry = row.alerts.find((item) => item.key === alert.key);
      return entry ? [{ alert, since: entry.since }] : [];
    })
    .toSorted((left, right) => left.alert.severity.localeCompare(right.alert.severity));
  if (active.length === 0) return null;
  return (
    <span className="flex shrink-0 gap-1">
      {active.map(({ alert, since }) => (
        <AlertMark key={alert.key} alert={alert} since={since} />
      ))}
    </span>
  );
}

import type { Alert, Field, Label, UserRow } from "@/api/types";

function label(ru: string): Label {
  return { en: ru, ru, uz: ru };
}

/** A field of a workspace, with what a test is about. */
export function field(key: string, type: Field["type"], more: Partial<Field> = {}): Field {
  const name = label(key);
  return {
    key,
    type,
    label: name,
    short_label: name,
    csv_label: name,
    description: label(`О поле ${key}`),
    unit: null,
    source: "",
    nullable: true,
    sortable: true,
    filterable: true,
    core: false,
    ...more,
  };
}

export const apiStatus = field("wb_api_status", "enum", {
  label: label("Статус API WB"),
  short_label: label("Статус API"),
  values: [
    { value: "connected_ok", tone: "ok", label: label("Подключён") },
    { value: "error_401", tone: "danger", label: label("Ошибка 401") },
    { value: "not_connected", tone: "muted", label: label("Не подключён") },
  ],
});

export const apiError: Alert = {
  key: "api_error",
  severity: "red",
  label: label("Ошибка API"),
  explanation: label("Ключ не принят"),
  rule: 'wb_api_status == "error_401"',
};

export const zeroUsage: Alert = {
  key: "zero_usage",
  severity: "yellow",
  label: label("Нулевая активность"),
  explanation: label("Токены не расходуются"),
  rule: "token_balance > 0",
};

export function user(id: string, fields: UserRow["fields"] = {}, alerts: UserRow["alerts"] = []): UserRow {
  return { id, fields, alerts };
}

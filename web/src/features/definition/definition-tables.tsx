import { useMemo } from "react";
import type { Alert, Definition, Field } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { useFormat } from "@/ui/format";
import { EmptyState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";

export function FieldsTable({ fields }: { fields: readonly Field[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<DataColumn<Field>[]>(
    () => [
      {
        id: "label",
        header: t("definition.field.label"),
        width: 260,
        card: "title",
        cell: (field) => (
          <span className="flex flex-col leading-tight" title={format.label(field.description)}>
            <span className="truncate font-medium">{format.label(field.label)}</span>
            <code className="truncate font-mono text-xs text-ink-3">{field.key}</code>
          </span>
        ),
      },
      {
        id: "type",
        header: t("definition.field.type"),
        width: 150,
        cell: (field) => t(`definition.types.${field.type}`) + (field.unit ? `, ${field.unit}` : ""),
      },
      {
        id: "source",
        header: t("definition.field.source"),
        width: 420,
        cell: (field) => <span title={field.source}>{field.source}</span>,
      },
      {
        id: "core",
        header: t("definition.field.origin"),
        width: 140,
        cell: (field) => (
          <Badge tone={field.core ? "muted" : "info"}>
            {t(field.core ? "definition.field.core" : "definition.field.own")}
          </Badge>
        ),
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t("definition.tabs.fields")}
      rowHeight={44}
      columns={columns}
      rows={fields}
      rowId={(field) => field.key}
      empty={<EmptyState title={t("definition.noFields")} text={t("definition.noFieldsText")} />}
    />
  );
}

export function AlertsTable({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<DataColumn<Alert>[]>(
    () => [
      {
        id: "label",
        header: t("definition.alert.label"),
        width: 240,
        card: "title",
        cell: (alert) => (
          <Badge tone={alert.severity === "red" ? "danger" : "warn"} icon>
            {format.label(alert.label)}
          </Badge>
        ),
      },
      {
        id: "explanation",
        header: t("definition.alert.explanation"),
        width: 320,
        cell: (alert) => <span title={format.label(alert.explanation)}>{format.label(alert.explanation)}</span>,
      },
      {
        id: "rule",
        header: t("definition.alert.rule"),
        width: 420,
        cell: (alert) => (
          <code className="font-mono text-xs" title={alert.rule}>
            {alert.rule}
          </code>
        ),
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t("definition.tabs.alerts")}
      columns={columns}
      rows={alerts}
      rowId={(alert) => alert.key}
      empty={<EmptyState title={t("definition.noAlerts")} text={t("definition.noAlertsText")} />}
    />
  );
}

type DefinitionEvent = Definition["parsed"]["events"][number];

export function EventsTable({ events }: { events: readonly DefinitionEvent[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<DataColumn<DefinitionEvent>[]>(
    () => [
      {
        id: "name",
        header: t("definition.event.name"),
        width: 260,
        card: "title",
        cell: (event) => <code className="font-mono text-sm">{event.name}</code>,
      },
      {
        id: "label",
        header: t("definition.event.label"),
        width: 260,
        cell: (event) => format.label(event.label),
      },
      {
        id: "properties",
        header: t("definition.event.properties"),
        width: 420,
        cell: (event) =>
          Object.entries(event.properties)
            .map(([name, type]) => `${name}: ${type}`)
            .join(", "),
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t("definition.tabs.events")}
      columns={columns}
      rows={events}
      rowId={(event) => event.name}
      empty={<EmptyState title={t("definition.noEvents")} text={t("definition.noEventsText")} />}
    />
  );
}

import { type ReactNode, useMemo } from "react";
import type { Money, Tone, Workspace } from "@/api/types";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { MoneyText, Nothing, Time, useFormat } from "@/ui/format";
import type { DataColumn } from "@/ui/table";
import { Tooltip } from "@/ui/tooltip";
import { isMoney } from "./cells";
import type { RecordList } from "./queries";
import type { RecordRow } from "./types";

const paymentTones: Record<string, Tone> = {
  succeeded: "ok",
  pending: "info",
  failed: "danger",
  canceled: "muted",
  refunded: "warn",
  partially_refunded: "warn",
  disputed: "danger",
};
const subscriptionTones: Record<string, Tone> = {
  trialing: "info",
  active: "ok",
  past_due: "warn",
  paused: "muted",
  unpaid: "danger",
  incomplete: "warn",
  canceled: "muted",
  expired: "muted",
};

/** Money of a record: sent as `{amount, currency}` or as two members beside each other. */
export function moneyOf(row: RecordRow): Money | null {
  if (isMoney(row.amount)) return row.amount;
  return typeof row.amount === "number" && typeof row.currency === "string"
    ? { amount: row.amount, currency: row.currency }
    : null;
}

type Columns = DataColumn<RecordRow>[];

/** What is worth seeing of each kind of record, the most telling first. */
export function useRecordColumns(kind: RecordList): Columns {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const workspace = useWorkspace();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the headings change with the language
  return useMemo(() => {
    const known = (key: string, value: string) => (i18n.exists(key) ? String(i18n.t(key as never)) : value);
    const time = (id: string, header: string, as: "datetime" | "date" = "datetime"): Columns[number] => ({
      id,
      header,
      width: as === "date" ? 130 : 170,
      cell: (row) => <Time value={textOf(row[id])} as={as} />,
    });
    const plain = (id: string, header: string, width = 160): Columns[number] => ({
      id,
      header,
      width,
      cell: (row) => textOf(row[id]) ?? <Nothing />,
    });
    const id: Columns[number] = {
      id: "id",
      header: "ID",
      width: 150,
      cell: (row) => <span className="font-mono text-xs">{row.id}</span>,
    };
    const state = (tones: Record<string, Tone>, prefix: string): Columns[number] => ({
      id: "status",
      header: t("users.records.status"),
      width: 170,
      cell: (row) => {
        const value = textOf(row.status);
        if (!value) return <Nothing />;
        return (
          <Badge tone={tones[value] ?? "muted"} icon>
            {known(`${prefix}.${value}`, value)}
          </Badge>
        );
      },
    });
    const amount: Columns[number] = {
      id: "amount",
      header: t("users.records.amount"),
      align: "end",
      width: 140,
      cell: (row) => <MoneyText value={moneyOf(row)} />,
    };

    const sets: Record<RecordList, Columns> = {
      payments: [
        { ...time("paid_at", t("users.records.paidAt")), card: "title" },
        amount,
        state(paymentTones, "users.records.paymentStatus"),
        plain("description", t("users.records.description"), 220),
        plain("provider", t("users.records.provider"), 120),
        id,
      ],
      subscriptions: [
        { ...plain("plan", t("users.records.plan"), 150), card: "title" },
        state(subscriptionTones, "users.records.subscriptionStatus"),
        {
          ...amount,
          header: t("users.records.price"),
          width: 170,
          cell: (row) => {
            const money = moneyOf(row);
            const interval = textOf(row.interval);
            if (!money) return <Nothing />;
            return interval
              ? `${format.money(money)} / ${known(`users.records.interval.${interval}`, interval)}`
              : format.money(money);
          },
        },
        time("started_at", t("users.records.startedAt"), "date"),
        time("current_period_end", t("users.records.periodEnd"), "date"),
        time("canceled_at", t("users.records.canceledAt"), "date"),
        id,
      ],
      cabinets: [
        { ...plain("name", t("users.records.cabinet"), 200), card: "title" },
        plain("marketplace", t("users.records.marketplace"), 130),
        {
          id: "api_status",
          header: t("users.records.apiStatus"),
          width: 160,
          cell: (row) => <ApiStatus workspace={workspace} value={textOf(row.api_status)} />,
        },
        time("api_checked_at", t("users.records.checkedAt")),
        time("connected_at", t("users.records.connectedAt"), "date"),
        time("removed_at", t("users.records.removedAt"), "date"),
        id,
      ],
      sessions: [
        {
          id: "device",
          header: t("users.records.device"),
          width: 200,
          card: "title",
          cell: (row) => textOf(row.device) ?? textOf(row.user_agent) ?? <Nothing />,
        },
        time("last_seen_at", t("users.records.lastSeenAt")),
        time("started_at", t("users.records.startedAt")),
        plain("ip", t("users.records.ip"), 140),
        {
          id: "user_agent",
          header: t("users.records.userAgent"),
          width: 260,
          cell: (row) => <Long text={textOf(row.user_agent)} />,
        },
        time("ended_at", t("users.records.endedAt")),
      ],
    };
    return sets[kind];
  }, [kind, workspace, format, i18n.language]);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function Long({ text }: { text: string | null }): ReactNode {
  if (text === null) return <Nothing />;
  return (
    <Tooltip content={text}>
      <span className="block truncate">{text}</span>
    </Tooltip>
  );
}

/** The state of a cabinet's key, in the words of the definition's field where it knows the value. */
function ApiStatus({ workspace, value }: { workspace: Workspace; value: string | null }) {
  const format = useFormat();
  if (value === null) return <Nothing />;
  const known = workspace.fields
    .find((field) => field.key === "wb_api_status")
    ?.values?.find((item) => item.value === value);
  return (
    <Badge tone={known?.tone ?? "muted"} icon>
      {known ? format.label(known.label) : value}
    </Badge>
  );
}

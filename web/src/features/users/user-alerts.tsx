import { useQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";
import { useWorkspace } from "@/app/session";
import { AlertIcon } from "@/features/alerts/alert-mark";
import { useTranslation } from "@/i18n/use-translation";
import { Time, useFormat } from "@/ui/format";
import { Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { EmptyState, ErrorState } from "@/ui/states";
import { DataTable } from "@/ui/table";
import { userAlertsQuery } from "./queries";

/** Alerts the user is in, and those they left again. */
export function UserAlerts({ user }: { user: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { slug, alerts } = useWorkspace();
  const loaded = useQuery(userAlertsQuery(slug, user));
  if (loaded.isPending) return <SkeletonLines lines={4} />;
  if (loaded.isError) return <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} />;
  const { active, history } = loaded.data;
  const left = history.filter((entry) => entry.left_at !== null);
  const alertOf = (key: string) => alerts.find((alert) => alert.key === key);
  const nameOf = (key: string) => {
    const alert = alertOf(key);
    return alert ? format.label(alert.label) : key;
  };

  if (active.length === 0 && left.length === 0) {
    return (
      <EmptyState icon={<BellOff aria-hidden />} title={t("users.alerts.empty")} text={t("users.alerts.emptyText")} />
    );
  }
  return (
    <div>
      {active.length > 0 && (
        <Section title={t("users.alerts.active")}>
          <ul className="flex flex-col gap-4">
            {active.map((entry) => {
              const alert = alertOf(entry.key);
              return (
                <li key={entry.key} className="flex gap-3">
                  {alert && <AlertIcon severity={alert.severity} className="mt-0.5" />}
                  <div className="min-w-0">
                    <p className="font-medium">{nameOf(entry.key)}</p>
                    {alert && <p className="text-ink-2">{format.label(alert.explanation)}</p>}
                    <p className="text-sm text-ink-3">
                      {t("users.alerts.sinceLabel")} <Time value={entry.since} as="datetime" /> (
                      <Time value={entry.since} />)
                    </p>
                  </div>
                </li>
              );
            })}
          </ul>
        </Section>
      )}
      <Section title={t("users.alerts.history")} card={false}>
        <DataTable
          label={t("users.alerts.history")}
          rows={left}
          rowId={(entry) => `${entry.key} ${entry.entered_at}`}
          empty={<p className="p-4 text-ink-3">{t("users.alerts.noHistory")}</p>}
          columns={[
            { id: "alert", header: t("users.alerts.alert"), card: "title", cell: (entry) => nameOf(entry.key) },
            {
              id: "entered_at",
              header: t("users.alerts.entered"),
              cell: (entry) => <Time value={entry.entered_at} as="datetime" />,
            },
            {
              id: "left_at",
              header: t("users.alerts.left"),
              cell: (entry) => <Time value={entry.left_at} as="datetime" />,
            },
          ]}
        />
      </Section>
    </div>
  );
}

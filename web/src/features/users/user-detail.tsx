import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Alert, UserRow } from "@/api/types";
import { useCan, useWorkspace } from "@/app/session";
import { AlertBadge } from "@/features/alerts/alert-mark";
import { useTranslation } from "@/i18n/use-translation";
import { CopyButton } from "@/ui/copy";
import { ErrorState } from "@/ui/states";
import { Tabs } from "@/ui/tabs";
import { FieldValue } from "./cells";
import { userQuery } from "./queries";
import { type UserTab, userTabs } from "./search";
import { UserActivity } from "./user-activity";
import { UserAlerts } from "./user-alerts";
import { UserNotes } from "./user-notes";
import { UserProfile, UserProfileSkeleton } from "./user-profile";
import { UserRecords } from "./user-records";

export interface UserDetailViewProps {
  user: string;
  tab: UserTab;
  onTab: (tab: UserTab) => void;
  /** What a list already knows, shown until the rest has come. */
  row?: UserRow;
}

/** Everything about one user, in the drawer and on the page alike. */
export function UserDetailView({ user, tab, onTab, row }: UserDetailViewProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const can = useCan();
  const loaded = useQuery(userQuery(workspace.slug, user));
  const known = loaded.data ?? row;
  if (loaded.isError && !loaded.data) {
    return <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} />;
  }

  const contents: Record<UserTab, ReactNode> = {
    profile: loaded.data ? <UserProfile detail={loaded.data} /> : <UserProfileSkeleton />,
    activity: <UserActivity user={user} />,
    payments: <UserRecords user={user} kind="payments" />,
    subscriptions: <UserRecords user={user} kind="subscriptions" />,
    cabinets: <UserRecords user={user} kind="cabinets" />,
    sessions: <UserRecords user={user} kind="sessions" />,
    notes: <UserNotes user={user} />,
    alerts: <UserAlerts user={user} />,
  };
  const kinds: Partial<Record<UserTab, string>> = {
    payments: "payment",
    subscriptions: "subscription",
    cabinets: "seller_cabinet",
    sessions: "session",
  };
  const shown = userTabs.filter((item) => {
    const kind = kinds[item];
    if (kind === "payment" || kind === "subscription") return has(workspace.record_kinds, kind) && can("billing.read");
    return kind === undefined || has(workspace.record_kinds, kind);
  });

  return (
    <div className="min-w-0">
      {known && <UserHead user={known} alerts={workspace.alerts} />}
      <Tabs
        label={t("users.detail.tabs")}
        value={shown.includes(tab) ? tab : "profile"}
        onChange={onTab}
        items={shown.map((item) => ({ value: item, label: t(`users.tab.${item}`), content: contents[item] }))}
      />
    </div>
  );
}

function has(kinds: readonly string[], kind: string): boolean {
  return kinds.includes(kind);
}

/** Who it is at a glance: id, status, what is wrong since when. */
function UserHead({ user, alerts }: { user: UserRow; alerts: readonly Alert[] }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const status = workspace.fields.find((field) => field.key === "status");
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
      <span className="inline-flex items-center gap-1 text-sm text-ink-3">
        ID <code className="font-mono text-ink-2">{user.id}</code>
        <CopyButton size="sm" text={user.id} label={t("users.detail.copyId")} />
      </span>
      {status && <FieldValue field={status} value={user.fields.status} />}
      {user.alerts.map((entry) => {
        const alert = alerts.find((item) => item.key === entry.key);
        return alert && <AlertBadge key={entry.key} alert={alert} since={entry.since} />;
      })}
    </div>
  );
}

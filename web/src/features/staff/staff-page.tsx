import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ShieldCheck, ShieldOff, UserPlus } from "lucide-react";
import { useMemo, useState } from "react";
import { api, path } from "@/api/client";
import { useList } from "@/api/lists";
import type { Invitation, Staff } from "@/api/types";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Time } from "@/ui/format";
import { Page, Section } from "@/ui/page";
import { EmptyState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { toast } from "@/ui/toast";
import { InviteDialog } from "./invite-dialog";
import { StaffDrawer } from "./staff-drawer";

export interface StaffSearch {
  invite?: true;
  /** The person whose rights are open. */
  person?: string;
}

export const staffKey = ["staff"] as const;
export const invitationsKey = ["staff-invitations"] as const;

export function StaffPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const search = useSearch({ from: "/_app/$workspace/settings/staff" });
  const navigate = useNavigate({ from: "/$workspace/settings/staff" });
  const can = useCan();
  const list = useList<Staff>(staffKey, path("staff"));
  const manages = can("staff.manage");
  const open = list.rows.find((person) => person.id === search.person) ?? null;
  const columns = useStaffColumns();
  return (
    <Page
      title={t("nav.staff")}
      description={t("staff.description")}
      actions={
        <Button
          variant="primary"
          disabledReason={!manages && t("problem.needs", { permission: "staff.manage" })}
          onClick={() => void navigate({ search: { invite: true } })}
        >
          <UserPlus aria-hidden />
          {t("staff.invite")}
        </Button>
      }
    >
      <div className="mb-6">
        <DataTable
          label={t("nav.staff")}
          rowHeight={44}
          columns={columns}
          rowId={(person) => person.id}
          rowName={(person) => person.name || person.email}
          {...list.table}
          activeId={search.person}
          onOpen={(person) => void navigate({ search: { person: person.id } })}
          empty={<EmptyState title={t("staff.empty")} text={t("staff.emptyText")} />}
        />
      </div>
      <Invitations manages={manages} />
      <InviteDialog workspace={workspace} open={search.invite === true} onClose={() => void navigate({ search: {} })} />
      <StaffDrawer person={open} manages={manages} onClose={() => void navigate({ search: {} })} />
    </Page>
  );
}

function useStaffColumns(): DataColumn<Staff>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("staff.name"),
        width: 250,
        card: "title",
        cell: (person) => (
          <span className="flex flex-col leading-tight">
            <span className="truncate font-medium">{person.name || person.email}</span>
            {person.name && <span className="truncate text-xs text-ink-3">{person.email}</span>}
          </span>
        ),
      },
      {
        id: "role",
        header: t("staff.role"),
        width: 200,
        cell: (person) => (
          <span className="flex items-center gap-1.5">
            {t(`role.${person.role}`)}
            {person.extra_permissions.length > 0 && (
              <Badge>{t("staff.extra", { count: person.extra_permissions.length })}</Badge>
            )}
          </span>
        ),
      },
      {
        id: "second",
        header: t("staff.secondFactor"),
        width: 220,
        cell: (person) => <SecondFactorBadge person={person} />,
      },
      {
        id: "workspaces",
        header: t("staff.workspaces"),
        width: 170,
        cell: (person) => (person.workspaces === null ? t("staff.allWorkspaces") : person.workspaces.join(", ")),
      },
      {
        id: "login",
        header: t("staff.lastLogin"),
        width: 150,
        cell: (person) => <Time value={person.last_login_at} />,
      },
      {
        id: "state",
        header: t("staff.state"),
        width: 120,
        cell: (person) => (
          <Badge tone={person.disabled ? "muted" : "ok"}>
            {t(person.disabled ? "staff.disabled" : "staff.active")}
          </Badge>
        ),
      },
    ],
    [t],
  );
}

function SecondFactorBadge({ person }: { person: Staff }) {
  const { t } = useTranslation();
  const { totp, passkeys } = person.second_factor;
  const ways = [totp && t("staff.totp"), passkeys > 0 && t("staff.passkeys", { count: passkeys })].filter(Boolean);
  const on = ways.length > 0;
  const Icon = on ? ShieldCheck : ShieldOff;
  return (
    <span className={on ? "flex items-center gap-1.5 text-ok-text" : "flex items-center gap-1.5 text-warn-text"}>
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className="truncate">{on ? ways.join(", ") : t("staff.noSecondFactor")}</span>
    </span>
  );
}

function Invitations({ manages }: { manages: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const list = useList<Invitation>(invitationsKey, path("staff", "invitations"));
  const [withdrawing, setWithdrawing] = useState<Invitation | null>(null);
  const columns = useMemo<DataColumn<Invitation>[]>(
    () => [
      { id: "email", header: t("login.email"), width: 280, card: "title", cell: (row) => row.email },
      { id: "name", header: t("staff.name"), width: 200, cell: (row) => row.name },
      { id: "role", header: t("staff.role"), width: 200, cell: (row) => t(`role.${row.role}`) },
      { id: "expires", header: t("invitation.expires"), width: 170, cell: (row) => <Time value={row.expires_at} /> },
      {
        id: "actions",
        header: t("keys.actions"),
        width: 150,
        align: "end",
        cell: (row) => (
          <Button
            size="sm"
            disabledReason={!manages && t("problem.needs", { permission: "staff.manage" })}
            onClick={() => setWithdrawing(row)}
          >
            {t("staff.withdraw")}
          </Button>
        ),
      },
    ],
    [t, manages],
  );
  if (!list.table.problem && list.rows.length === 0) return null;
  return (
    <Section title={t("staff.invitations")} card={false}>
      <DataTable
        label={t("staff.invitations")}
        rowHeight={40}
        columns={columns}
        rowId={(row) => row.id}
        {...list.table}
        empty={null}
      />
      <Confirm
        open={withdrawing !== null}
        onOpenChange={(open) => !open && setWithdrawing(null)}
        title={t("staff.withdrawTitle")}
        effect={withdrawing && t("staff.withdrawEffect", { email: withdrawing.email })}
        action={t("staff.withdraw")}
        onConfirm={async () => {
          if (!withdrawing) return;
          await api.delete(path("staff", "invitations", withdrawing.id));
          await client.invalidateQueries({ queryKey: invitationsKey });
          toast({ title: t("staff.withdrawn") });
        }}
      />
    </Section>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { Page, Staff, StaffSession } from "@/api/types";
import { useSession } from "@/app/session";
import { SessionList } from "@/app/session-list";
import { useTranslation } from "@/i18n/use-translation";
import { lines } from "@/lib/lines";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Drawer } from "@/ui/drawer";
import { Form, useSubmit } from "@/ui/form";
import { Time } from "@/ui/format";
import { DetailList, Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState } from "@/ui/states";
import { toast } from "@/ui/toast";
import { type Rights, RightsFields } from "./rights-fields";
import { staffKey } from "./staff-page";

export interface StaffDrawerProps {
  person: Staff | null;
  manages: boolean;
  onClose: () => void;
}

export function StaffDrawer({ person, manages, onClose }: StaffDrawerProps) {
  return (
    <Drawer open={person !== null} onOpenChange={(open) => !open && onClose()} title={person?.name || person?.email}>
      {person && <Details key={person.id} person={person} manages={manages} />}
    </Drawer>
  );
}

function Details({ person, manages }: { person: Staff; manages: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <DetailList
        className="mb-6"
        items={[
          { key: "email", label: t("login.email"), value: person.email },
          { key: "created", label: t("staff.since"), value: <Time value={person.created_at} as="date" /> },
          { key: "login", label: t("staff.lastLogin"), value: <Time value={person.last_login_at} /> },
          {
            key: "codes",
            label: t("staff.recoveryCodes"),
            value: <span className="nums">{person.second_factor.recovery_codes_left}</span>,
          },
        ]}
      />
      <RightsForm person={person} manages={manages} />
      {manages && <Sessions person={person} />}
      {manages && <DisableSection person={person} />}
    </>
  );
}

/** Puts a changed person back where they are shown: in the list, and in the own session if it is oneself. */
function useStaffChanged(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: staffKey }),
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ]);
}

function RightsForm({ person, manages }: { person: Staff; manages: boolean }) {
  const { t } = useTranslation();
  const changed = useStaffChanged();
  const [rights, setRights] = useState<Rights>({
    role: person.role,
    extraPermissions: person.extra_permissions,
    workspaces: person.workspaces,
    addresses: person.ip_allow_list.join("\n"),
  });
  const save = useSubmit(
    (body: object) => api.patch<Staff>(path("staff", person.id), body),
    async () => {
      await changed();
      toast({ title: t("action.saved") });
    },
  );
  const byRole =
    rights.role === person.role
      ? person.permissions.filter((permission) => !person.extra_permissions.includes(permission))
      : [];
  return (
    <Section
      title={t("staff.rights")}
      description={rights.role === person.role ? undefined : t("staff.roleChangeEnds")}
      card={false}
    >
      <Form
        action={t("action.save")}
        submission={save}
        disabledReason={!manages && t("problem.needs", { permission: "staff.manage" })}
        onSubmit={() =>
          save.submit({
            ...(rights.role !== person.role && { role: rights.role }),
            extra_permissions: rights.extraPermissions,
            workspaces: rights.workspaces,
            ip_allow_list: lines(rights.addresses),
          })
        }
      >
        <RightsFields value={rights} onChange={setRights} errorOf={save.errorOf} included={byRole} />
      </Form>
    </Section>
  );
}

function Sessions({ person }: { person: Staff }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const address = path("staff", person.id, "sessions");
  const key = ["staff", person.id, "sessions"];
  const [ending, setEnding] = useState(false);
  const sessions = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<StaffSession>>(address, undefined, signal),
  });
  return (
    <Section
      title={t("sessions.title")}
      card={false}
      actions={
        sessions.data &&
        sessions.data.data.length > 0 && (
          <Button size="sm" onClick={() => setEnding(true)}>
            {t("sessions.endAll")}
          </Button>
        )
      }
    >
      {sessions.isPending && <SkeletonLines lines={2} />}
      {sessions.isError && <ErrorState problem={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && <SessionList sessions={sessions.data.data} />}
      <Confirm
        open={ending}
        onOpenChange={setEnding}
        title={t("sessions.endAllTitle")}
        effect={t("sessions.endAllEffect", { name: person.name || person.email })}
        action={t("sessions.endAll")}
        danger
        onConfirm={async () => {
          await api.delete(address);
          await client.invalidateQueries({ queryKey: key });
          toast({ title: t("sessions.ended") });
        }}
      />
    </Section>
  );
}

function DisableSection({ person }: { person: Staff }) {
  const { t } = useTranslation();
  const { staff } = useSession();
  const changed = useStaffChanged();
  const [asking, setAsking] = useState(false);
  const self = staff.id === person.id;
  return (
    <Section title={t("staff.accessTitle")} card={false}>
      <p className="mb-3 text-sm text-ink-2">{t(person.disabled ? "staff.enableText" : "staff.disableText")}</p>
      <Button
        variant={person.disabled ? "secondary" : "danger"}
        disabledReason={self && t("staff.notYourself")}
        onClick={() => setAsking(true)}
      >
        {t(person.disabled ? "staff.enable" : "staff.disable")}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger={!person.disabled}
        title={t(person.disabled ? "staff.enableTitle" : "staff.disableTitle", { name: person.name || person.email })}
        effect={t(person.disabled ? "staff.enableEffect" : "staff.disableEffect")}
        action={t(person.disabled ? "staff.enable" : "staff.disable")}
        onConfirm={async () => {
          await api.patch<Staff>(path("staff", person.id), { disabled: !person.disabled });
          await changed();
        }}
      />
    </Section>
  );
}

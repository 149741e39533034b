import type { AuditEntry } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Changes } from "@/ui/changes";
import { CopyButton } from "@/ui/copy";
import { Drawer } from "@/ui/drawer";
import { Time } from "@/ui/format";
import { DetailList, Section } from "@/ui/page";
import { useActionName } from "./words";

export function EntryDrawer({ entry, onClose }: { entry: AuditEntry | null; onClose: () => void }) {
  const actionName = useActionName();
  return (
    <Drawer
      open={entry !== null}
      onOpenChange={(open) => !open && onClose()}
      title={entry ? actionName(entry.action) : ""}
    >
      {entry && <Entry entry={entry} />}
    </Drawer>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const items = [
    { key: "at", label: t("audit.at"), value: <Time value={entry.at} as="datetime" /> },
    { key: "actor", label: t("audit.actor"), value: `${entry.actor.name} (${entry.actor.kind})` },
    { key: "action", label: t("audit.action"), value: <code className="font-mono text-sm">{entry.action}</code> },
    {
      key: "entity",
      label: t("audit.entity"),
      value: entry.entity ? (
        <>
          {entry.entity.kind} <code className="font-mono text-sm break-all">{entry.entity.id}</code>
        </>
      ) : (
        "—"
      ),
    },
    { key: "reason", label: t("audit.reason"), value: entry.reason ?? "—" },
    { key: "ip", label: t("audit.ip"), value: entry.ip ?? "—" },
    { key: "agent", label: t("audit.userAgent"), value: entry.user_agent ?? "—" },
    {
      key: "hash",
      label: t("audit.hash"),
      value: (
        <span className="flex items-start gap-1">
          <code className="font-mono text-xs break-all">{entry.hash}</code>
          <CopyButton text={entry.hash} size="sm" />
        </span>
      ),
    },
  ];
  return (
    <>
      <Section title={t("audit.changes")} card={false}>
        <Changes before={entry.before} after={entry.after} />
      </Section>
      <Section title={t("audit.details")} card={false}>
        <DetailList items={items} />
      </Section>
    </>
  );
}

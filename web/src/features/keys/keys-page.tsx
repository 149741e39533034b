import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { api, path } from "@/api/client";
import { useList } from "@/api/lists";
import type { ApiKey } from "@/api/types";
import { usePermissionName } from "@/app/permissions";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Time } from "@/ui/format";
import { Page } from "@/ui/page";
import { EmptyState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { toast } from "@/ui/toast";
import { Tooltip } from "@/ui/tooltip";
import { NewKeyDialog } from "./new-key-dialog";

export interface KeysSearch {
  new?: true;
}

export function KeysPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const search = useSearch({ from: "/_app/$workspace/settings/keys" });
  const navigate = useNavigate({ from: "/$workspace/settings/keys" });
  const client = useQueryClient();
  const base = path(workspace, "keys");
  const list = useList<ApiKey>([workspace, "keys"], base);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => api.delete(`${base}/${encodeURIComponent(key.id)}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "keys"] });
      toast({ title: t("keys.revoked") });
    },
  });
  const columns = useColumns(setRevoking);
  const create = (
    <Button variant="primary" onClick={() => void navigate({ search: { new: true } })}>
      <Plus aria-hidden />
      {t("keys.new")}
    </Button>
  );
  return (
    <Page title={t("nav.keys")} description={t("keys.description")} actions={create}>
      <DataTable
        label={t("nav.keys")}
        rowHeight={40}
        columns={columns}
        rowId={(key) => key.id}
        rowName={(key) => key.name}
        {...list.table}
        empty={
          <EmptyState
            icon={<KeyRound aria-hidden />}
            title={t("keys.empty")}
            text={t("keys.emptyText")}
            action={create}
          />
        }
      />
      <NewKeyDialog workspace={workspace} open={search.new === true} onClose={() => void navigate({ search: {} })} />
      <Confirm
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={t("keys.revokeTitle")}
        effect={revoking && t("keys.revokeEffect", { name: revoking.name })}
        action={t("keys.revoke")}
        danger
        typed={revoking?.name}
        onConfirm={() => (revoking ? revoke.mutateAsync(revoking) : Promise.resolve())}
      />
    </Page>
  );
}

function useColumns(onRevoke: (key: ApiKey) => void): DataColumn<ApiKey>[] {
  const { t } = useTranslation();
  const permissionName = usePermissionName();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("keys.name"),
        width: 180,
        card: "title",
        cell: (key) => <span className="font-medium">{key.name}</span>,
      },
      { id: "kind", header: t("keys.kind"), width: 140, cell: (key) => t(`keys.kinds.${key.kind}`) },
      {
        id: "hint",
        header: t("keys.hint"),
        width: 110,
        cell: (key) => <code className="font-mono text-sm">{key.hint}…</code>,
      },
      {
        id: "scopes",
        header: t("keys.scopes"),
        width: 210,
        cell: (key) => {
          const words = key.kind === "write" ? [t("keys.writeOnly")] : key.scopes.map(permissionName);
          return (
            <Tooltip content={words.join("\n")}>
              <button type="button" className="max-w-full truncate text-left">
                {words.join(", ")}
              </button>
            </Tooltip>
          );
        },
      },
      { id: "used", header: t("keys.lastUsed"), width: 130, cell: (key) => <Time value={key.last_used_at} /> },
      { id: "created", header: t("keys.created"), width: 130, cell: (key) => <Time value={key.created_at} /> },
      {
        id: "state",
        header: t("keys.state"),
        width: 145,
        cell: (key) => <KeyState apiKey={key} />,
      },
      {
        id: "actions",
        header: t("keys.actions"),
        width: 105,
        align: "end",
        cell: (key) =>
          key.revoked_at === null && (
            <Button size="sm" onClick={() => onRevoke(key)}>
              {t("keys.revoke")}
            </Button>
          ),
      },
    ],
    [t, permissionName, onRevoke],
  );
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  if (apiKey.revoked_at) return <Badge>{t("keys.states.revoked")}</Badge>;
  if (apiKey.expires_at === null) return <Badge tone="ok">{t("keys.states.active")}</Badge>;
  const expired = Date.parse(apiKey.expires_at) <= Date.now();
  return (
    <span className="flex items-center gap-1.5">
      <Badge tone={expired ? "warn" : "ok"}>{t(expired ? "keys.states.expired" : "keys.states.until")}</Badge>
      <Time value={apiKey.expires_at} as="date" />
    </span>
  );
}

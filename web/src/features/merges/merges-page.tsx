import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Combine, Undo2 } from "lucide-react";
import { useMemo, useState } from "react";
import { api, path } from "@/api/client";
import { useList } from "@/api/lists";
import type { Merge } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Time } from "@/ui/format";
import { Page } from "@/ui/page";
import { EmptyState } from "@/ui/states";
import { type DataColumn, DataTable } from "@/ui/table";
import { toast } from "@/ui/toast";
import { MergeDialog } from "./merge-dialog";

export interface MergesSearch {
  /** The dialog for a new merge is open; `into` is what it starts with. */
  new?: true;
  into?: string;
}

export function MergesPage() {
  const { t } = useTranslation();
  const { workspace } = useParams({ from: "/_app/$workspace" });
  const search = useSearch({ from: "/_app/$workspace/merges" });
  const navigate = useNavigate({ from: "/$workspace/merges" });
  const client = useQueryClient();
  const base = path(workspace, "merges");
  const list = useList<Merge>([workspace, "merges"], base);
  const [undoing, setUndoing] = useState<Merge | null>(null);
  const undo = useMutation({
    mutationFn: (merge: Merge) => api.delete(`${base}/${encodeURIComponent(merge.id)}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace] });
      toast({ title: t("merges.undone") });
    },
  });

  const columns = useMemo<DataColumn<Merge>[]>(
    () => [
      {
        id: "from",
        header: t("merges.from"),
        width: 260,
        card: "title",
        cell: (row) => (
          <>
            <span className="text-ink-3">{t(`merges.kinds.${kindOf(row.from.kind)}`)}</span> {row.from.value}
          </>
        ),
      },
      { id: "into", header: t("merges.into"), width: 220, cell: (row) => row.into },
      {
        id: "by",
        header: t("merges.by"),
        width: 180,
        cell: (row) => (typeof row.by === "string" ? row.by : row.by?.name),
      },
      { id: "at", header: t("merges.at"), width: 150, cell: (row) => <Time value={row.merged_at ?? row.created_at} /> },
      {
        id: "state",
        header: t("merges.state"),
        width: 220,
        cell: (row) =>
          row.reversed_at ? (
            <span className="flex items-center gap-2">
              <Badge>{t("merges.reversed")}</Badge>
              <Time value={row.reversed_at} />
            </span>
          ) : (
            <Button size="sm" onClick={() => setUndoing(row)}>
              <Undo2 aria-hidden />
              {t("merges.undo")}
            </Button>
          ),
      },
    ],
    [t],
  );

  return (
    <Page
      title={t("nav.merges")}
      layout="fill"
      description={t("merges.description")}
      actions={
        <Button variant="primary" onClick={() => void navigate({ search: { new: true } })}>
          <Combine aria-hidden />
          {t("merges.new")}
        </Button>
      }
    >
      <DataTable
        label={t("nav.merges")}
        height="fill"
        rowHeight={40}
        columns={columns}
        rowId={(row) => row.id}
        {...list.table}
        empty={<EmptyState icon={<Combine aria-hidden />} title={t("merges.empty")} text={t("merges.emptyText")} />}
      />
      <MergeDialog
        workspace={workspace}
        open={search.new === true}
        into={search.into}
        onClose={() => void navigate({ search: {} })}
      />
      <Confirm
        open={undoing !== null}
        onOpenChange={(open) => !open && setUndoing(null)}
        title={t("merges.undoTitle")}
        effect={undoing && t("merges.undoEffect", { from: undoing.from.value, into: undoing.into })}
        action={t("merges.undo")}
        onConfirm={() => (undoing ? undo.mutateAsync(undoing) : Promise.resolve())}
      />
    </Page>
  );
}

export const identityKinds = ["user", "anonymous", "telegram", "email"] as const;
export type IdentityKind = (typeof identityKinds)[number];

function kindOf(kind: string): IdentityKind {
  return identityKinds.find((known) => known === kind) ?? "user";
}

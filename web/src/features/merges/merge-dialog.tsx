import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowRight, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { userSearchQuery } from "@/api/queries";
import type { MergePreview, MergeSide, UserRow } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { inline } from "@/lib/diff";
import { useDebounced } from "@/lib/hooks";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { useFormat } from "@/ui/format";
import { Input } from "@/ui/input";
import { DetailList } from "@/ui/page";
import { Select } from "@/ui/select";
import { Notice } from "@/ui/states";
import { toast } from "@/ui/toast";
import { type IdentityKind, identityKinds } from "./merges-page";

export interface MergeDialogProps {
  workspace: string;
  open: boolean;
  into?: string;
  onClose: () => void;
}

/** Two steps: say which two are one person, then look at what will move before it does. */
export function MergeDialog({ workspace, open, into, onClose }: MergeDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t("merges.newTitle")}
      description={t("merges.newText")}
      size="lg"
    >
      {open && <Steps workspace={workspace} into={into} onClose={onClose} />}
    </Dialog>
  );
}

interface MergeBody {
  into: string;
  from: MergeSide;
}

function Steps({ workspace, into: given, onClose }: Omit<MergeDialogProps, "open">) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [into, setInto] = useState(given ?? "");
  const [kind, setKind] = useState<IdentityKind>("anonymous");
  const [value, setValue] = useState("");
  const [preview, setPreview] = useState<MergePreview | null>(null);
  const body: MergeBody = { into: into.trim(), from: { kind, value: value.trim() } };

  const look = useSubmit(
    (input: MergeBody) => api.post<MergePreview>(path(workspace, "merges", "preview"), input),
    setPreview,
  );
  const merge = useSubmit(
    (input: MergeBody) =>
      api.post<{ id: string }>(path(workspace, "merges"), input, { idempotencyKey: crypto.randomUUID() }),
    async (done) => {
      await client.invalidateQueries({ queryKey: [workspace] });
      onClose();
      toast({
        title: t("merges.done"),
        undo: {
          label: t("action.undo"),
          run: () => {
            void api
              .delete(path(workspace, "merges", done.id))
              .then(() => client.invalidateQueries({ queryKey: [workspace] }))
              .then(() => toast({ title: t("merges.undone") }))
              .catch(() => toast({ title: t("merges.undoFailed"), tone: "danger" }));
          },
        },
      });
    },
  );

  if (preview) {
    return (
      <Form
        action={t("merges.confirm")}
        submission={merge}
        onSubmit={() => merge.submit(body)}
        secondary={<Button onClick={() => setPreview(null)}>{t("login.back")}</Button>}
      >
        <Preview preview={preview} from={body.from} />
      </Form>
    );
  }
  return (
    <Form
      action={t("merges.preview")}
      submission={look}
      disabled={body.into === "" || body.from.value === ""}
      onSubmit={() => look.submit(body)}
    >
      <UserPicker workspace={workspace} value={into} onChange={setInto} error={look.errorOf("into")} />
      <div className="grid gap-4 sm:grid-cols-[12rem_1fr]">
        <Field label={t("merges.kind")}>
          <Select
            value={kind}
            onChange={setKind}
            options={identityKinds.map((item) => ({ value: item, label: t(`merges.kinds.${item}`) }))}
          />
        </Field>
        <Field label={t("merges.identity")} hint={t("merges.identityHint")} error={look.errorOf("from")}>
          <Input value={value} onChange={(event) => setValue(event.target.value)} />
        </Field>
      </div>
    </Form>
  );
}

interface UserPickerProps {
  workspace: string;
  value: string;
  onChange: (id: string) => void;
  error: string | null;
}

/** An id, found by typing a name or an e-mail as well. */
function UserPicker({ workspace, value, onChange, error }: UserPickerProps) {
  const { t } = useTranslation();
  const settled = useDebounced(value.trim(), 200);
  const found = useQuery(userSearchQuery(workspace, settled));
  const users = found.data?.data ?? [];
  const chosen = users.find((user) => user.id === value);
  return (
    <div>
      <Field label={t("merges.into")} hint={chosen ? nameOf(chosen) : t("merges.intoHint")} error={error}>
        <Input value={value} onChange={(event) => onChange(event.target.value)} autoComplete="off" />
      </Field>
      {!chosen && settled !== "" && users.length > 0 && (
        <ul className="mt-1 max-h-48 overflow-y-auto rounded-md border border-line bg-surface p-1 shadow-1">
          {users.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                onClick={() => onChange(user.id)}
                className="flex w-full items-center justify-between gap-3 rounded px-2 py-1.5 text-left hover:bg-hover"
              >
                <span className="truncate">{nameOf(user)}</span>
                <span className="font-mono text-xs text-ink-3">{user.id}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function nameOf(user: UserRow): string {
  return [user.fields.name, user.fields.email].filter(Boolean).join(" · ") || user.id;
}

function Preview({ preview, from }: { preview: MergePreview; from: MergeSide }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { events, records, identities } = preview.moves;
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-center gap-3 sm:grid-cols-[1fr_auto_1fr]">
        <Side
          title={t(`merges.kinds.${identityKinds.find((known) => known === from.kind) ?? "user"}`)}
          name={from.value}
        />
        <ArrowRight aria-hidden className="mx-auto size-5 text-ink-3 max-sm:rotate-90" />
        <Side title={t("merges.into")} name={nameOf(preview.into)} />
      </div>
      <DetailList
        items={[
          { key: "events", label: t("merges.events"), value: <span className="nums">{format.number(events)}</span> },
          { key: "records", label: t("merges.records"), value: <span className="nums">{format.number(records)}</span> },
          {
            key: "identities",
            label: t("merges.identities"),
            value: <span className="nums">{format.number(identities)}</span>,
          },
        ]}
      />
      {preview.conflicts.length > 0 && (
        <Notice
          tone="warn"
          icon={<TriangleAlert aria-hidden />}
          title={t("merges.conflicts", { count: preview.conflicts.length })}
        >
          <ul className="mt-1 flex flex-col gap-1">
            {preview.conflicts.map((conflict) => (
              <li key={inline(conflict)}>
                <strong>{conflict.field}</strong>:{" "}
                {t("merges.conflict", { into: inline(conflict.into), from: inline(conflict.from) })}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <p className="text-sm text-ink-2">{t("merges.reversible")}</p>
    </div>
  );
}

function Side({ title, name }: { title: string; name: string }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-canvas p-3">
      <p className="text-xs text-ink-3">{title}</p>
      <p className="font-medium break-words">{name}</p>
    </div>
  );
}

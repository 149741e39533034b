import { useQuery, useQueryClient } from "@tanstack/react-query";
import { MessageSquarePlus, Pencil, Trash2 } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { api, path } from "@/api/client";
import { Problem } from "@/api/problem";
import { useCan, useSession, useSessionWorkspace, useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Button, IconButton } from "@/ui/button";
import { Time } from "@/ui/format";
import { Textarea } from "@/ui/input";
import { Kbd } from "@/ui/kbd";
import { SkeletonLines } from "@/ui/skeleton";
import { EmptyState, ErrorState, Notice, ProblemNote, useProblemText } from "@/ui/states";
import { toast } from "@/ui/toast";
import { notesQuery } from "./queries";
import type { Note } from "./types";

/** What the staff wrote about the user: add, edit, delete with a way back. */
export function UserNotes({ user }: { user: string }) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const can = useCan();
  const client = useQueryClient();
  const notes = useQuery(notesQuery(slug, user));
  const base = path(slug, "users", user, "notes");
  const reload = () => client.invalidateQueries({ queryKey: notesQuery(slug, user).queryKey });

  return (
    <div className="max-w-2xl">
      {can("notes.write") ? (
        <NoteForm
          label={t("users.notes.new")}
          action={t("users.notes.add")}
          initial=""
          onSave={(text) => api.post(base, { text }).then(reload)}
        />
      ) : (
        <Notice className="mb-4">{t("users.notes.forbidden")}</Notice>
      )}
      {notes.isPending && <SkeletonLines lines={5} />}
      {notes.isError && <ErrorState problem={notes.error} onRetry={() => void notes.refetch()} />}
      {notes.data?.length === 0 && (
        <EmptyState
          icon={<MessageSquarePlus aria-hidden />}
          title={t("users.notes.empty")}
          text={t("users.notes.emptyText")}
        />
      )}
      <ul className="flex flex-col gap-3">
        {notes.data?.map((note) => (
          <NoteItem key={note.id} note={note} base={base} reload={reload} />
        ))}
      </ul>
    </div>
  );
}

interface NoteItemProps {
  note: Note;
  base: string;
  reload: () => Promise<unknown>;
}

function NoteItem({ note, base, reload }: NoteItemProps) {
  const { t } = useTranslation();
  const { staff } = useSession();
  const role = useSessionWorkspace()?.role ?? staff.role;
  const can = useCan();
  const problemText = useProblemText();
  const [editing, setEditing] = useState(false);
  const mine = can("notes.write") && (note.author.id === staff.id || role === "super_admin");
  const address = `${base}/${encodeURIComponent(note.id)}`;

  function remove(): void {
    const fail = (problem: unknown) => toast({ title: problemText(problem).title, tone: "danger" });
    api
      .delete(address)
      .then(() =>
        toast({
          title: t("users.notes.deleted"),
          undo: {
            label: t("action.undo"),
            run: () => void api.post(`${address}/restoration`).catch(fail).finally(reload),
          },
        }),
      )
      .catch(fail)
      .finally(reload);
  }

  return (
    <li className="rounded-lg border border-line bg-surface p-3 shadow-1">
      <div className="mb-1 flex items-center gap-2 text-sm">
        <span className="font-medium">{note.author.name}</span>
        <span className="text-ink-3">
          <Time value={note.created_at} />
          {note.edited_at && (
            <>
              {" · "}
              {t("users.notes.edited")} <Time value={note.edited_at} />
            </>
          )}
        </span>
        {mine && !editing && (
          <span className="-my-1 ml-auto flex">
            <IconButton size="sm" label={t("users.notes.edit")} onClick={() => setEditing(true)}>
              <Pencil aria-hidden />
            </IconButton>
            <IconButton size="sm" label={t("users.notes.delete")} onClick={remove}>
              <Trash2 aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      {editing ? (
        <NoteForm
          label={t("users.notes.text")}
          action={t("action.save")}
          initial={note.text}
          onCancel={() => setEditing(false)}
          onReload={reload}
          onSave={async (text) => {
            await api.patch(address, { text, version: note.version });
            await reload();
            setEditing(false);
          }}
        />
      ) : (
        <p className="break-words whitespace-pre-wrap">{note.text}</p>
      )}
    </li>
  );
}

interface NoteFormProps {
  label: string;
  action: string;
  initial: string;
  onSave: (text: string) => Promise<unknown>;
  onCancel?: () => void;
  /** Fetches the present state after somebody else changed it. */
  onReload?: () => Promise<unknown>;
}

function NoteForm({ label, action, initial, onSave, onCancel, onReload }: NoteFormProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(initial);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const ready = text.trim() !== "" && text !== initial && !pending;

  function save(): void {
    if (!ready) return;
    setPending(true);
    setProblem(null);
    onSave(text.trim())
      .then(() => setText(""))
      .catch(setProblem)
      .finally(() => setPending(false));
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    } else if (event.key === "Escape" && onCancel) {
      // Only the editing ends, not the drawer around it.
      event.stopPropagation();
      onCancel();
    }
  }

  return (
    <form
      className="mb-4 flex flex-col gap-2 last:mb-0"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Textarea
        ref={onCancel ? focusAtEnd : undefined}
        aria-label={label}
        placeholder={label}
        rows={3}
        maxLength={10_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {problem instanceof Problem && problem.status === 409 && onReload ? (
        <Notice tone="warn" title={t("users.notes.conflict")}>
          <p>{t("users.notes.conflictText")}</p>
          <Button size="sm" className="mt-2" onClick={() => void onReload().then(() => setProblem(null))}>
            {t("users.notes.takeNewest")}
          </Button>
        </Notice>
      ) : (
        problem !== null && <ProblemNote problem={problem} />
      )}
      <div className="flex items-center justify-end gap-2">
        <Kbd keys="mod+enter" className="max-md:hidden" />
        {onCancel && <Button onClick={onCancel}>{t("action.cancel")}</Button>}
        <Button type="submit" variant="primary" pending={pending} disabled={!ready}>
          {action}
        </Button>
      </div>
    </form>
  );
}

/** Who chose to edit goes on writing at once. */
function focusAtEnd(element: HTMLTextAreaElement | null): void {
  element?.focus();
  element?.setSelectionRange(element.value.length, element.value.length);
}

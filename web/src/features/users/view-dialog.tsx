import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { viewsQuery } from "./queries";
import type { SavedView, ViewState } from "./types";

export interface ViewDialogProps {
  workspace: string;
  /** The view to rename; `null` saves the list as it stands as a new one. */
  view: SavedView | null;
  state: ViewState;
  onClose: () => void;
  onSaved: (view: SavedView) => void;
}

/** Name of a saved view, and whether colleagues see it. */
export function ViewDialog({ workspace, view, state, onClose, onSaved }: ViewDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const submission = useSubmit(
    (input: { name: string; shared: boolean }) =>
      view
        ? api.patch<SavedView>(path(workspace, "views", view.id), { ...input, version: view.version })
        : api.post<SavedView>(path(workspace, "views"), { ...state, ...input }),
    (saved) => {
      // The menu can name the new view before the list of views has come again.
      client.setQueryData(viewsQuery(workspace).queryKey, (list: SavedView[] | undefined) => [
        ...(list ?? []).filter((item) => item.id !== saved.id),
        saved,
      ]);
      onSaved(saved);
      onClose();
    },
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={view ? t("users.views.rename") : t("users.views.save")}
      size="sm"
    >
      <Form
        onSubmit={() => submission.submit({ name: name.trim(), shared })}
        submission={submission}
        action={t("action.save")}
        secondary={<Button onClick={onClose}>{t("action.cancel")}</Button>}
        disabled={name.trim() === ""}
      >
        <Field label={t("users.views.name")} error={submission.errorOf("name")}>
          <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Checkbox
          checked={shared}
          onChange={setShared}
          label={t("users.views.shared")}
          hint={t("users.views.sharedHint")}
        />
      </Form>
    </Dialog>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, BookmarkPlus, Check, ChevronDown, Pencil, RefreshCw, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { api, path } from "@/api/client";
import { useCan, useSession, useSessionWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/ui/menu";
import { useProblemText } from "@/ui/states";
import { toast } from "@/ui/toast";
import { viewsQuery } from "./queries";
import type { UsersSearch } from "./search";
import type { SavedView } from "./types";
import { ViewDialog } from "./view-dialog";
import { differsFromView, searchOfView, viewState } from "./views";

export interface ViewsMenuProps {
  workspace: string;
  search: UsersSearch;
  onChange: (search: UsersSearch) => void;
}

/** Saved views of the list: open, save, update, rename, delete. */
export function ViewsMenu({ workspace, search, onChange }: ViewsMenuProps) {
  const { t } = useTranslation();
  const { staff } = useSession();
  const can = useCan();
  const client = useQueryClient();
  const problemText = useProblemText();
  const views = useQuery(viewsQuery(workspace));
  const [dialog, setDialog] = useState<"new" | SavedView | null>(null);
  const list = views.data ?? [];
  const current = list.find((view) => view.id === search.view);
  const changed = current !== undefined && differsFromView(search, current);
  const role = useSessionWorkspace()?.role ?? staff.role;
  const editable =
    current !== undefined && can("views.write") && (current.owner.id === staff.id || role === "super_admin");

  const reload = () => client.invalidateQueries({ queryKey: viewsQuery(workspace).queryKey });
  const fail = (problem: unknown) => {
    const text = problemText(problem);
    toast({ title: text.title, detail: text.advice, tone: "danger" });
  };

  function update(view: SavedView): void {
    api
      .patch(path(workspace, "views", view.id), { ...viewState(search), version: view.version })
      .then(() => toast({ title: t("users.views.updated", { name: view.name }) }))
      .catch(fail)
      .finally(reload);
  }

  function remove(view: SavedView): void {
    const { id: _, owner: __, version: ___, ...content } = view;
    api
      .delete(path(workspace, "views", view.id))
      .then(() => {
        onChange({ ...search, view: undefined });
        toast({
          title: t("users.views.deleted", { name: view.name }),
          undo: {
            label: t("action.undo"),
            run: () => void api.post(path(workspace, "views"), content).catch(fail).finally(reload),
          },
        });
      })
      .catch(fail)
      .finally(reload);
  }

  return (
    <>
      <Menu
        className="min-w-60"
        trigger={
          <Button variant="ghost" className="-ml-2 max-w-72" aria-label={t("users.views.menu")}>
            <Bookmark aria-hidden />
            <span className="truncate">{current ? current.name : t("users.views.all")}</span>
            {changed && <Badge tone="info">{t("users.views.changed")}</Badge>}
            <ChevronDown aria-hidden className="text-ink-3" />
          </Button>
        }
      >
        <MenuItem icon={<Users aria-hidden />} onSelect={() => onChange({})}>
          {t("users.views.all")}
        </MenuItem>
        {list.length > 0 && <MenuSeparator />}
        {list.map((view) => (
          <MenuItem
            key={view.id}
            icon={view.id === search.view ? <Check aria-hidden /> : <Bookmark aria-hidden />}
            onSelect={() => onChange(searchOfView(view))}
          >
            {view.name}
            {view.shared && <span className="ml-2 text-xs text-ink-3">{t("users.views.sharedMark")}</span>}
          </MenuItem>
        ))}
        <MenuSeparator />
        {current && editable && changed && (
          <MenuItem icon={<RefreshCw aria-hidden />} onSelect={() => update(current)}>
            {t("users.views.update", { name: current.name })}
          </MenuItem>
        )}
        <MenuItem icon={<BookmarkPlus aria-hidden />} disabled={!can("views.write")} onSelect={() => setDialog("new")}>
          {can("views.write") ? t("users.views.save") : t("users.views.saveForbidden")}
        </MenuItem>
        {current && editable && (
          <>
            <MenuItem icon={<Pencil aria-hidden />} onSelect={() => setDialog(current)}>
              {t("users.views.rename")}
            </MenuItem>
            <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => remove(current)}>
              {t("users.views.delete")}
            </MenuItem>
          </>
        )}
      </Menu>
      {dialog !== null && (
        <ViewDialog
          workspace={workspace}
          view={dialog === "new" ? null : dialog}
          state={viewState(search)}
          onClose={() => setDialog(null)}
          onSaved={(view) => {
            void reload();
            if (dialog === "new") onChange({ ...search, view: view.id });
          }}
        />
      )}
    </>
  );
}

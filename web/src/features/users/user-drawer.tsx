import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Maximize2 } from "lucide-react";
import { useEffect, useRef } from "react";
import type { UserRow } from "@/api/types";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { buttonStyle, IconButton } from "@/ui/button";
import { Drawer } from "@/ui/drawer";
import { returnToRow } from "@/ui/table";
import { userName } from "./columns";
import { userQuery } from "./queries";
import type { UserTab } from "./search";
import { UserDetailView } from "./user-detail";

export interface UserDrawerProps {
  /** Whose details are open. */
  user: string | undefined;
  tab: UserTab | undefined;
  /** The rows of the list, for the next and the previous one. */
  rows: readonly UserRow[];
  onUser: (user: string) => void;
  onTab: (tab: UserTab) => void;
  onClose: () => void;
}

/** A user's details beside the list: j and k walk on through the list, Esc leads back to the row. */
export function UserDrawer({ user, tab, rows, onUser, onTab, onClose }: UserDrawerProps) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const client = useQueryClient();
  // While it slides out it still shows whom it showed.
  const lastUser = useRef(user ?? "");
  if (user !== undefined) lastUser.current = user;
  const shown = lastUser.current;
  const index = rows.findIndex((row) => row.id === shown);
  const previous = rows[index - 1];
  const next = index === -1 ? undefined : rows[index + 1];
  const loaded = useQuery({ ...userQuery(slug, shown), enabled: user !== undefined });
  const row = loaded.data ?? rows[index];

  useWalkKeys(user !== undefined, {
    previous: () => previous && onUser(previous.id),
    next: () => next && onUser(next.id),
  });
  useEffect(() => {
    if (user !== undefined && next) void client.prefetchQuery(userQuery(slug, next.id));
  }, [user, next, client, slug]);

  return (
    <Drawer
      open={user !== undefined}
      onOpenChange={(open) => !open && onClose()}
      modal={false}
      size="lg"
      title={row ? userName(row) : shown}
      finalFocus={() => (index === -1 ? null : returnToRow(index))}
      actions={
        <>
          <IconButton
            label={t("users.detail.previous")}
            shortcut="k"
            disabled={!previous}
            onClick={() => previous && onUser(previous.id)}
          >
            <ArrowUp aria-hidden />
          </IconButton>
          <IconButton
            label={t("users.detail.next")}
            shortcut="j"
            disabled={!next}
            onClick={() => next && onUser(next.id)}
          >
            <ArrowDown aria-hidden />
          </IconButton>
          <Link
            to="/$workspace/users/$user"
            params={{ workspace: slug, user: shown }}
            search={tab ? { tab } : {}}
            aria-label={t("users.detail.openFull")}
            title={t("users.detail.openFull")}
            className={buttonStyle({ variant: "ghost", className: "w-8 px-0" })}
          >
            <Maximize2 aria-hidden />
          </Link>
        </>
      }
    >
      <UserDetailView key={shown} user={shown} tab={tab ?? "profile"} onTab={onTab} row={rows[index]} />
    </Drawer>
  );
}

interface Steps {
  previous: () => void;
  next: () => void;
}

function useWalkKeys(active: boolean, steps: Steps): void {
  const latest = useRef(steps);
  latest.current = steps;
  useEffect(() => {
    if (!active) return;
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
      // In the table the same keys move along its rows; in a field they are letters.
      if (event.target.closest("input, textarea, select, [contenteditable], [role=menu], [role=listbox], [data-row]"))
        return;
      if (event.key === "j") latest.current.next();
      else if (event.key === "k") latest.current.previous();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [active]);
}

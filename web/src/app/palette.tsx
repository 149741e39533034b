import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CornerDownLeft, Languages, LogOut, type LucideIcon, Moon, Search, Sun, UserRound } from "lucide-react";
import { useState } from "react";
import { userSearchQuery } from "@/api/queries";
import { useTranslation } from "@/i18n/use-translation";
import { languages } from "@/lib/format";
import { useDebounced } from "@/lib/hooks";
import { backdropStyle } from "@/ui/dialog";
import { Kbd } from "@/ui/kbd";
import { useChangeLanguage, useLogout } from "./account";
import { navigation } from "./navigation";
import { useCan } from "./session";
import { setTheme } from "./theme";

interface Entry {
  value: string;
  label: string;
  detail?: string;
  icon: LucideIcon;
  run: () => void;
}

interface EntryGroup {
  value: string;
  items: Entry[];
}

export interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  workspace: string | null;
}

/** Ctrl/⌘K: users, pages and actions by typing. */
export default function Palette({ open, onOpenChange, workspace }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropStyle} />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center overflow-hidden p-3 pt-[12vh]">
          <Dialog.Popup
            aria-label={t("palette.title")}
            className="flex max-h-[min(32rem,76vh)] w-full max-w-xl flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-3 outline-none transition-[opacity,scale] duration-100 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0"
          >
            <PaletteList workspace={workspace} close={() => onOpenChange(false)} />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteList({ workspace, close }: { workspace: string | null; close: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const groups = usePaletteGroups(workspace, text);
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      value={text}
      onValueChange={setText}
      itemToStringValue={(entry: Entry) => entry.label}
      filter={null}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-ink-3" />
        <Autocomplete.Input
          aria-label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none placeholder:text-ink-3"
        />
        <Kbd keys="esc" />
      </div>
      <Dialog.Close className="sr-only">{t("action.close")}</Dialog.Close>
      <Autocomplete.Empty>
        <p className="px-4 py-8 text-center text-ink-3">{t("palette.nothing")}</p>
      </Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1.5">
        {(group: EntryGroup) => (
          <Autocomplete.Group key={group.value} items={group.items} className="mb-1">
            <Autocomplete.GroupLabel className="px-2.5 py-1.5 text-xs font-medium text-ink-3">
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => (
                <Autocomplete.Item
                  key={entry.value}
                  value={entry}
                  onClick={() => {
                    close();
                    entry.run();
                  }}
                  className="group flex h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 outline-none select-none data-highlighted:bg-accent-soft data-highlighted:text-accent-text"
                >
                  <entry.icon aria-hidden className="size-4 shrink-0 text-ink-3" />
                  <span className="truncate">{entry.label}</span>
                  {entry.detail && <span className="truncate text-sm text-ink-3">{entry.detail}</span>}
                  <CornerDownLeft
                    aria-hidden
                    className="ml-auto hidden size-3.5 text-ink-3 group-data-highlighted:block"
                  />
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

function usePaletteGroups(workspace: string | null, text: string): EntryGroup[] {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const logout = useLogout();
  const changeLanguage = useChangeLanguage();
  const wanted = text.trim().toLocaleLowerCase();
  const settled = useDebounced(wanted, 150);
  const found = useQuery({
    ...userSearchQuery(workspace ?? "", settled),
    enabled: workspace !== null && settled !== "" && can("users.read"),
  });

  const users: Entry[] =
    wanted === ""
      ? []
      : (found.data?.data ?? []).map((user) => ({
          value: `user:${user.id}`,
          label: String(user.fields.name ?? user.id),
          detail: [user.fields.email, user.id].filter(Boolean).join(" · "),
          icon: UserRound,
          run: () => void navigate({ href: `/${workspace}/users/${encodeURIComponent(user.id)}` }),
        }));

  const pages: Entry[] = navigation
    .flatMap((group) => group.items)
    .filter((item) => workspace !== null && can(item.permission))
    .map((item) => ({
      value: `page:${item.label}`,
      label: t(item.label),
      icon: item.icon,
      run: () => void navigate({ to: item.to, params: { workspace } } as never),
    }));
  pages.push({
    value: "page:profile",
    label: t("nav.profile"),
    icon: UserRound,
    run: () => void navigate({ to: "/profile" }),
  });

  const actions: Entry[] = [
    { value: "theme:light", label: t("palette.lightTheme"), icon: Sun, run: () => setTheme("light") },
    { value: "theme:dark", label: t("palette.darkTheme"), icon: Moon, run: () => setTheme("dark") },
    ...languages.map((language) => ({
      value: `language:${language}`,
      label: t("palette.language", { language: t(`language.${language}`) }),
      icon: Languages,
      run: () => changeLanguage(language),
    })),
    { value: "logout", label: t("account.logout"), icon: LogOut, run: logout },
  ];

  const matches = (entry: Entry) => wanted === "" || entry.label.toLocaleLowerCase().includes(wanted);
  return [
    { value: t("palette.users"), items: users },
    { value: t("palette.pages"), items: pages.filter(matches) },
    { value: t("palette.actions"), items: actions.filter(matches) },
  ].filter((group) => group.items.length > 0);
}

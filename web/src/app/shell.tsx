import { Link, useNavigate } from "@tanstack/react-router";
import {
  Check,
  ChevronsUpDown,
  CircleHelp,
  Keyboard,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  Search,
  Sun,
  UserRound,
  X,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { type Language, languages } from "@/lib/format";
import { IconButton } from "@/ui/button";
import { useFormat } from "@/ui/format";
import { Kbd } from "@/ui/kbd";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "@/ui/menu";
import { useChangeLanguage, useLogout } from "./account";
import { ConnectionBanner } from "./connection";
import { Mark } from "./mark";
import { navigation } from "./navigation";
import { useCan, useSession } from "./session";
import { ShortcutList, useShellKeys } from "./shortcuts";
import { setTheme, type Theme, useTheme } from "./theme";

const Palette = lazy(() => import("./palette"));

export interface ShellProps {
  /** Slug of the workspace whose pages the sidebar shows; `null` when the person sees none. */
  workspace: string | null;
  modules: readonly string[] | null;
  children: ReactNode;
}

/** Everything around a page: sidebar, palette, profile, connection, keys. */
export function Shell({ workspace, modules, children }: ShellProps) {
  const { t } = useTranslation();
  const [palette, setPalette] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const { list, setList } = useShellKeys({ workspace, onPalette: () => setPalette(true) });
  return (
    <div className="flex h-dvh min-w-0">
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-accent-solid px-3 py-2 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("app.skipToContent")}
      </a>
      <Sidebar
        workspace={workspace}
        modules={modules}
        open={menuOpen}
        onClose={() => setMenuOpen(false)}
        onPalette={() => setPalette(true)}
        onShortcuts={() => setList(true)}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <ConnectionBanner />
        <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-3 md:hidden">
          <IconButton label={t("app.openMenu")} onClick={() => setMenuOpen(true)} aria-expanded={menuOpen}>
            <MenuIcon aria-hidden />
          </IconButton>
          <Mark className="size-6" />
          <span className="font-semibold">Kabinet</span>
          <IconButton label={t("palette.title")} className="ml-auto" onClick={() => setPalette(true)}>
            <Search aria-hidden />
          </IconButton>
        </header>
        <main id="main" tabIndex={-1} className="flex min-h-0 flex-1 flex-col overflow-y-auto outline-none">
          {children}
        </main>
      </div>
      {palette && (
        <Suspense fallback={null}>
          <Palette open={palette} onOpenChange={setPalette} workspace={workspace} />
        </Suspense>
      )}
      <ShortcutList open={list} onOpenChange={setList} />
    </div>
  );
}

interface SidebarProps extends Omit<ShellProps, "children"> {
  open: boolean;
  onClose: () => void;
  onPalette: () => void;
  onShortcuts: () => void;
}

function Sidebar({ workspace, modules, open, onClose, onPalette, onShortcuts }: SidebarProps) {
  const { t } = useTranslation();
  const can = useCan();
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && onClose();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [open, onClose]);
  return (
    <>
      {open && <div aria-hidden className="fixed inset-0 z-30 bg-overlay md:hidden" onPointerDown={onClose} />}
      <nav
        aria-label={t("app.navigation")}
        className={cn(
          "flex w-60 shrink-0 flex-col border-r border-line bg-surface md:static md:flex",
          open ? "fixed inset-y-0 left-0 z-40 shadow-3" : "max-md:hidden",
        )}
      >
        <div className="flex items-center gap-1 p-3 pb-2">
          <WorkspaceSwitcher workspace={workspace} />
          <IconButton label={t("action.close")} className="md:hidden" onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        </div>
        <div className="px-3 pb-2">
          <button
            type="button"
            onClick={onPalette}
            className="flex h-8 w-full items-center gap-2 rounded-md border border-line bg-canvas px-2.5 text-ink-3 hover:border-line-strong hover:text-ink-2"
          >
            <Search aria-hidden className="size-4" />
            <span className="flex-1 text-left">{t("palette.short")}</span>
            <Kbd keys="mod+k" />
          </button>
        </div>
        <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-3">
          {workspace &&
            navigation.map((group) => {
              const items = group.items.filter(
                (item) => can(item.permission) && (!item.module || modules === null || modules.includes(item.module)),
              );
              if (items.length === 0) return null;
              return (
                <section key={group.label} className="mt-3">
                  <h2 className="mb-1 px-2 text-2xs font-medium tracking-wide text-ink-3 uppercase">
                    {t(group.label)}
                  </h2>
                  <ul>
                    {items.map((item) => (
                      <li key={item.label}>
                        <Link
                          to={item.to as never}
                          params={{ workspace } as never}
                          activeOptions={{ exact: item.exact ?? false, includeSearch: false }}
                          onClick={onClose}
                          className="flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-2 outline-offset-[-2px] hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent-text"
                        >
                          <item.icon aria-hidden className="size-4 shrink-0" />
                          <span className="truncate">{t(item.label)}</span>
                        </Link>
                      </li>
                    ))}
                  </ul>
                </section>
              );
            })}
        </div>
        <ProfileMenu onShortcuts={onShortcuts} />
      </nav>
    </>
  );
}

function WorkspaceSwitcher({ workspace }: { workspace: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const navigate = useNavigate();
  const current = session.workspaces.find((item) => item.slug === workspace);
  return (
    <Menu
      className="w-54"
      trigger={
        <button
          type="button"
          aria-label={t("app.switchWorkspace", { workspace: current ? format.label(current.name) : "Kabinet" })}
          className="flex h-10 min-w-0 flex-1 items-center gap-2.5 rounded-md px-1.5 text-left hover:bg-hover data-popup-open:bg-hover"
        >
          <Mark className="size-7 shrink-0" />
          <span className="min-w-0 flex-1 leading-tight">
            <span className="block truncate font-semibold">{current ? format.label(current.name) : "Kabinet"}</span>
            <span className="block truncate text-2xs text-ink-3">{current ? current.slug : t("app.noWorkspace")}</span>
          </span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-ink-3" />
        </button>
      }
    >
      {session.workspaces.map((item) => (
        <MenuItem
          key={item.slug}
          icon={item.slug === workspace ? <Check aria-hidden /> : <span className="size-4" />}
          onSelect={() => void navigate({ to: "/$workspace", params: { workspace: item.slug } })}
        >
          {format.label(item.name)}
        </MenuItem>
      ))}
    </Menu>
  );
}

function ProfileMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { t, i18n } = useTranslation();
  const { staff } = useSession();
  const theme = useTheme();
  const logout = useLogout();
  const changeLanguage = useChangeLanguage();
  const navigate = useNavigate();
  return (
    <div className="flex items-center gap-1 border-t border-line p-2">
      <Menu
        side="top"
        className="w-60"
        trigger={
          <button
            type="button"
            aria-label={t("account.menu", { name: staff.name })}
            className="flex h-10 min-w-0 flex-1 items-center gap-2.5 rounded-md px-2 text-left hover:bg-hover data-popup-open:bg-hover"
          >
            <span
              aria-hidden
              className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text"
            >
              {initials(staff.name || staff.email)}
            </span>
            <span className="min-w-0 flex-1 leading-tight">
              <span className="block truncate text-sm font-medium">{staff.name || staff.email}</span>
              <span className="block truncate text-2xs text-ink-3">{t(`role.${staff.role}`)}</span>
            </span>
          </button>
        }
      >
        <MenuItem icon={<UserRound aria-hidden />} onSelect={() => void navigate({ to: "/profile" })}>
          {t("nav.profile")}
        </MenuItem>
        <MenuItem icon={<Keyboard aria-hidden />} shortcut="?" onSelect={onShortcuts}>
          {t("shortcuts.title")}
        </MenuItem>
        <MenuSeparator />
        <MenuChoice<Theme>
          label={t("theme.title")}
          value={theme}
          onChange={setTheme}
          options={[
            { value: "light", label: t("theme.light"), icon: <Sun aria-hidden /> },
            { value: "dark", label: t("theme.dark"), icon: <Moon aria-hidden /> },
            { value: "system", label: t("theme.system"), icon: <Monitor aria-hidden /> },
          ]}
        />
        <MenuChoice<Language>
          label={t("language.title")}
          value={i18n.language as Language}
          onChange={changeLanguage}
          options={languages.map((language) => ({ value: language, label: t(`language.${language}`) }))}
        />
        <MenuSeparator />
        <MenuItem icon={<LogOut aria-hidden />} onSelect={logout}>
          {t("account.logout")}
        </MenuItem>
      </Menu>
      <IconButton label={t("shortcuts.title")} shortcut="?" onClick={onShortcuts} className="max-md:hidden">
        <CircleHelp aria-hidden />
      </IconButton>
    </div>
  );
}

function initials(name: string): string {
  return name
    .split(/[\s@.]+/u)
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");
}

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { Dialog } from "@/ui/dialog";
import { Kbd } from "@/ui/kbd";
import { navigation } from "./navigation";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

interface ShellKeys {
  workspace: string | null;
  onPalette: () => void;
}

/** Keys that work everywhere: the palette, the page's search, `g` with a letter, and `?` with the list of all of them. */
export function useShellKeys({ workspace, onPalette }: ShellKeys): { list: boolean; setList: (open: boolean) => void } {
  const navigate = useNavigate();
  const [list, setList] = useState(false);
  const pendingGo = useRef(0);
  const latest = useRef({ workspace, onPalette });
  latest.current = { workspace, onPalette };

  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("[role=dialog], [role=menu]")) return;
      if (event.key === "?") {
        event.preventDefault();
        setList(true);
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("[data-page-search]");
        if (search) {
          event.preventDefault();
          search.focus();
          search.select();
        }
      } else if (event.key === "g") {
        pendingGo.current = event.timeStamp;
      } else if (event.timeStamp - pendingGo.current < 1200 && latest.current.workspace) {
        pendingGo.current = 0;
        const item = navigation.flatMap((group) => group.items).find((candidate) => candidate.key === event.key);
        if (item) {
          event.preventDefault();
          void navigate({ to: item.to, params: { workspace: latest.current.workspace } } as never);
        }
      }
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate]);

  return { list, setList };
}

export function ShortcutList({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const going = navigation.flatMap((group) => group.items).filter((item) => item.key);
  const groups = [
    {
      title: t("shortcuts.everywhere"),
      rows: [
        [["mod+k"], t("shortcuts.palette")],
        [["/"], t("shortcuts.search")],
        [["?"], t("shortcuts.list")],
        [["esc"], t("shortcuts.close")],
      ] as const,
    },
    {
      title: t("shortcuts.inTables"),
      rows: [
        [["j"], t("shortcuts.nextRow")],
        [["k"], t("shortcuts.previousRow")],
        [["enter"], t("shortcuts.openRow")],
      ] as const,
    },
    {
      title: t("shortcuts.goTo"),
      rows: going.map((item) => [["g", item.key ?? ""], t(item.label)] as const),
    },
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("shortcuts.title")} size="md">
      <div className="grid gap-6 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="mb-2 text-sm font-semibold text-ink-2">{group.title}</h3>
            <dl className="flex flex-col gap-1.5">
              {group.rows.map(([keys, label]) => (
                <div key={label} className="flex items-center justify-between gap-4">
                  <dt>{label}</dt>
                  <dd className="flex gap-1">
                    {keys.map((key) => (
                      <Kbd key={key} keys={key} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

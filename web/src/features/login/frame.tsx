import { Languages, Monitor, Moon, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { Mark } from "@/app/mark";
import { setTheme, useTheme } from "@/app/theme";
import { setLanguage } from "@/i18n";
import { useTranslation } from "@/i18n/use-translation";
import { type Language, languages } from "@/lib/format";
import { Button, IconButton } from "@/ui/button";
import { Menu, MenuChoice } from "@/ui/menu";
import { useDocumentTitle } from "@/ui/page";

export interface FrameProps {
  title: string;
  text?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}

/** The pages in front of the login: one card, the mark, language and theme. */
export function Frame({ title, text, children, footer }: FrameProps) {
  const { t, i18n } = useTranslation();
  const theme = useTheme();
  useDocumentTitle(title);
  const nextTheme = theme === "light" ? "dark" : theme === "dark" ? "system" : "light";
  const ThemeIcon = theme === "light" ? Sun : theme === "dark" ? Moon : Monitor;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-end gap-1 p-3">
        <Menu
          align="end"
          trigger={
            <Button variant="ghost" aria-label={t("language.title")}>
              <Languages aria-hidden />
              {t(`language.${i18n.language as Language}`)}
            </Button>
          }
        >
          <MenuChoice<Language>
            label={t("language.title")}
            value={i18n.language as Language}
            onChange={(language) => void setLanguage(language)}
            options={languages.map((language) => ({ value: language, label: t(`language.${language}`) }))}
          />
        </Menu>
        <IconButton label={`${t("theme.title")}: ${t(`theme.${theme}`)}`} onClick={() => setTheme(nextTheme)}>
          <ThemeIcon aria-hidden />
        </IconButton>
      </header>
      <main className="flex flex-1 items-start justify-center px-4 pt-[8vh] pb-16">
        <div className="w-full max-w-sm">
          <div className="mb-6 flex flex-col items-center gap-3 text-center">
            <Mark className="size-12" />
            <h1 className="text-2xl font-semibold tracking-[-0.015em]">{title}</h1>
            {text && <p className="text-ink-2">{text}</p>}
          </div>
          <div className="rounded-xl border border-line bg-surface p-6 shadow-2">{children}</div>
          {footer && <div className="mt-4 text-center text-sm text-ink-2">{footer}</div>}
        </div>
      </main>
    </div>
  );
}

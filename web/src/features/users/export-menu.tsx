import { Download, FileSpreadsheet, FileText } from "lucide-react";
import { useState } from "react";
import { path, url } from "@/api/client";
import { useCan } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { download } from "@/lib/download";
import { Button } from "@/ui/button";
import { Menu, MenuItem } from "@/ui/menu";
import { useProblemText } from "@/ui/states";
import { toast } from "@/ui/toast";
import { listQuery, type UsersSearch } from "./search";

export interface ExportMenuProps {
  workspace: string;
  search: UsersSearch;
  columns: readonly string[];
}

/** Takes all rows of the filter out, with the visible columns in their order. */
export function ExportMenu({ workspace, search, columns }: ExportMenuProps) {
  const { t, i18n } = useTranslation();
  const can = useCan();
  const problemText = useProblemText();
  const [pending, setPending] = useState(false);

  function save(format: "csv" | "xlsx"): void {
    setPending(true);
    download(url(path(workspace, "users"), { ...listQuery(search, columns), format, lang: i18n.language }))
      .then(() => toast({ title: t("users.export.started"), detail: t("users.export.startedText") }))
      .catch((problem: unknown) =>
        toast({ title: t("users.export.failed"), detail: problemText(problem).title, tone: "danger" }),
      )
      .finally(() => setPending(false));
  }

  if (!can("users.export")) {
    return (
      <Button disabledReason={t("users.export.forbidden")}>
        <Download aria-hidden />
        {t("users.export.title")}
      </Button>
    );
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button pending={pending}>
          <Download aria-hidden />
          {t("users.export.title")}
        </Button>
      }
    >
      <MenuItem icon={<FileText aria-hidden />} onSelect={() => save("csv")}>
        {t("users.export.csv")}
      </MenuItem>
      <MenuItem icon={<FileSpreadsheet aria-hidden />} onSelect={() => save("xlsx")}>
        {t("users.export.xlsx")}
      </MenuItem>
    </Menu>
  );
}

import { SearchX, UserPlus } from "lucide-react";
import { FirstUserSnippet } from "@/features/overview/snippets";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/states";

export interface UsersEmptyProps {
  workspace: string;
  filtered: boolean;
  onClear: () => void;
}

/** No rows: because of the filters, or because nobody was sent yet. */
export function UsersEmpty({ workspace, filtered, onClear }: UsersEmptyProps) {
  const { t } = useTranslation();
  if (filtered) {
    return (
      <EmptyState
        icon={<SearchX aria-hidden />}
        title={t("users.nothingFound")}
        text={t("users.nothingFoundText")}
        action={<Button onClick={onClear}>{t("users.clearFilters")}</Button>}
      />
    );
  }
  return (
    <EmptyState
      className="max-w-2xl"
      icon={<UserPlus aria-hidden />}
      title={t("users.empty")}
      text={t("users.emptyText")}
      action={<FirstUserSnippet workspace={workspace} />}
    />
  );
}

import { useCallback } from "react";
import { useTranslation } from "@/i18n/use-translation";

/** The name of an audited action in the reader's language; an unknown one shows its own name. */
export function useActionName(): (action: string) => string {
  const { i18n } = useTranslation();
  return useCallback(
    (action) => {
      const key = `audit.actions.${action.replace(/\./g, "_")}`;
      return i18n.exists(key) ? String(i18n.t(key as never)) : action;
    },
    [i18n],
  );
}

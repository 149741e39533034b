import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { Session, Staff } from "@/api/types";
import { setLanguage } from "@/i18n";
import type { Language } from "@/lib/format";

/** Ends the session on the server and forgets everything the panel knew. */
export function useLogout(): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return () => {
    void api
      .delete(path("session"))
      .catch(() => undefined)
      .then(() => {
        client.clear();
        return navigate({ to: "/login" });
      });
  };
}

/** Changes the language at once here, and for the person's next logins and mails on the server. */
export function useChangeLanguage(): (language: Language) => void {
  const client = useQueryClient();
  return (language) => {
    void setLanguage(language);
    const session = client.getQueryData<Session>(sessionQuery.queryKey);
    if (!session) return;
    void api
      .patch<Staff>(path("me"), { locale: language })
      .then((staff) => client.setQueryData<Session>(sessionQuery.queryKey, { ...session, staff }))
      // The choice holds in this browser also when it could not be kept on the server.
      .catch(() => undefined);
  };
}

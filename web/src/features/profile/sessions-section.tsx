import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import type { Page, StaffSession } from "@/api/types";
import { SessionList } from "@/app/session-list";
import { useTranslation } from "@/i18n/use-translation";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Section } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { ErrorState, ProblemNote } from "@/ui/states";
import { toast } from "@/ui/toast";

const key = ["me", "sessions"];

export function SessionsSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [endingAll, setEndingAll] = useState(false);
  const sessions = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<StaffSession>>(path("me", "sessions"), undefined, signal),
  });
  const end = useMutation({
    mutationFn: (session: StaffSession) => api.delete(path("me", "sessions", session.id)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: key });
      toast({ title: t("sessions.ended") });
    },
  });
  const others = sessions.data?.data.some((session) => !session.current) ?? false;
  return (
    <Section
      title={t("sessions.title")}
      description={t("sessions.text")}
      card={false}
      actions={
        others && (
          <Button size="sm" onClick={() => setEndingAll(true)}>
            {t("sessions.endOthers")}
          </Button>
        )
      }
    >
      {sessions.isPending && <SkeletonLines lines={4} />}
      {sessions.isError && <ErrorState problem={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && <SessionList sessions={sessions.data.data} onEnd={(session) => end.mutate(session)} />}
      {end.isError && <ProblemNote problem={end.error} className="mt-3" />}
      <Confirm
        open={endingAll}
        onOpenChange={setEndingAll}
        title={t("sessions.endOthersTitle")}
        effect={t("sessions.endOthersEffect")}
        action={t("sessions.endOthers")}
        danger
        onConfirm={async () => {
          await api.delete(path("me", "sessions"));
          await client.invalidateQueries({ queryKey: key });
          toast({ title: t("sessions.ended") });
        }}
      />
    </Section>
  );
}

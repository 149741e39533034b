import { useQuery } from "@tanstack/react-query";
import type { Alert } from "@/api/types";
import { useCan, useWorkspace } from "@/app/session";
import { alertsQuery } from "./queries";

/** The workspace's alerts with how many are in each now, for those who may see that; it follows while the page is open. */
export function useCountedAlerts(): readonly Alert[] {
  const { slug, alerts } = useWorkspace();
  const can = useCan();
  const counted = useQuery({ ...alertsQuery(slug), enabled: can("alerts.read") });
  return counted.data ?? alerts;
}

import { useQueryClient } from "@tanstack/react-query";
import { LoaderCircle, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { onReachability } from "@/api/client";
import { useTranslation } from "@/i18n/use-translation";

type Connection = "online" | "offline" | "unreachable";

/** How often the panel asks whether a server that went away is back. */
const probeEvery = 3000;

/** Whether the server can be reached. When it comes back, everything on the page is asked for again. */
export function useConnection(): Connection {
  const client = useQueryClient();
  const [online, setOnline] = useState(navigator.onLine);
  const [reachable, setReachable] = useState(true);

  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    window.addEventListener("online", update);
    window.addEventListener("offline", update);
    return () => {
      window.removeEventListener("online", update);
      window.removeEventListener("offline", update);
    };
  }, []);

  useEffect(() => onReachability(setReachable), []);

  useEffect(() => {
    if (reachable || !online) return;
    const timer = setInterval(async () => {
      const response = await fetch("/healthz").catch(() => null);
      if (!response?.ok) return;
      setReachable(true);
      await client.invalidateQueries();
    }, probeEvery);
    return () => clearInterval(timer);
  }, [reachable, online, client]);

  if (!online) return "offline";
  return reachable ? "online" : "unreachable";
}

/** A line at the top while the server is away: what is shown may be old, and nothing can be saved. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const connection = useConnection();
  return (
    <div role="status" aria-live="polite">
      {connection !== "online" && (
        <p className="flex items-center justify-center gap-2 border-b border-warn/40 bg-warn-soft px-4 py-1.5 text-sm text-warn-text">
          {connection === "offline" ? (
            <WifiOff aria-hidden className="size-4" />
          ) : (
            <LoaderCircle aria-hidden className="size-4 animate-spin" />
          )}
          {t(`connection.${connection}`)}
        </p>
      )}
    </div>
  );
}

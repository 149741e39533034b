import { useEffect, useRef, useState } from "react";
import type { DebugItem } from "@/api/types";

export type LiveState = "connecting" | "live" | "lost";

/** More than this in view helps nobody and slows the page; older ones are still in the list from the server. */
const most = 500;

export interface Live {
  state: LiveState;
  /** What came since the page was opened, newest first, without what came while paused. */
  items: readonly DebugItem[];
  /** How many came while paused. */
  waiting: number;
}

/**
 * What arrives at the doors, as it arrives. While paused, new items are kept aside and shown when the pause ends. Items are handed
 * to React at most ten times a second, so that a flood does not block the page.
 */
export function useLive(address: string, paused: boolean): Live {
  const [live, setLive] = useState<Live>({ state: "connecting", items: [], waiting: 0 });
  const kept = useRef<DebugItem[]>([]);
  const pausedNow = useRef(paused);
  pausedNow.current = paused;

  useEffect(() => {
    kept.current = [];
    setLive({ state: "connecting", items: [], waiting: 0 });
    const source = new EventSource(address);

    function flush(): void {
      if (kept.current.length === 0) return;
      if (pausedNow.current) {
        setLive((old) => ({ ...old, waiting: kept.current.length }));
        return;
      }
      const fresh = kept.current.reverse();
      kept.current = [];
      setLive((old) => ({ ...old, items: [...fresh, ...old.items].slice(0, most), waiting: 0 }));
    }
    const timer = setInterval(flush, 100);

    source.onopen = () => setLive((old) => ({ ...old, state: "live" }));
    source.onerror = () => setLive((old) => ({ ...old, state: "lost" }));
    source.addEventListener("item", (event: MessageEvent<string>) => {
      const item: unknown = JSON.parse(event.data);
      if (!isItem(item)) return;
      kept.current.push(item);
      if (kept.current.length > most) kept.current.shift();
    });
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [address]);

  return live;
}

function isItem(value: unknown): value is DebugItem {
  return typeof value === "object" && value !== null && "id" in value && "outcome" in value;
}

/** Newest first, each once: what came live and what the server listed overlap. */
export function joined(live: readonly DebugItem[], listed: readonly DebugItem[]): DebugItem[] {
  const seen = new Set<string>();
  return [...live, ...listed].filter((item) => {
    if (seen.has(item.id)) return false;
    seen.add(item.id);
    return true;
  });
}

/** Whether an item fits the filters of the page, as the server would judge it. */
export function fits(item: DebugItem, outcome: string | undefined, text: string | undefined): boolean {
  if (outcome !== undefined && item.outcome !== outcome) return false;
  if (text === undefined) return true;
  const wanted = text.toLocaleLowerCase();
  return [item.name, item.subject, item.reason, item.client, item.key_name].some((part) =>
    part?.toLocaleLowerCase().includes(wanted),
  );
}

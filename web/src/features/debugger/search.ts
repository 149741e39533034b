import type { DebugOutcome, Tone } from "@/api/types";

export const outcomes: readonly DebugOutcome[] = ["accepted", "duplicate", "refused"];
export const outcomeTone: Record<DebugOutcome, Tone> = { accepted: "ok", duplicate: "info", refused: "danger" };

export interface DebuggerSearch {
  q?: string;
  outcome?: DebugOutcome;
  paused?: true;
  /** The open item. */
  item?: string;
}

import { cn } from "@/lib/cn";

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
const names: Record<string, string> = {
  mod: apple ? "⌘" : "Ctrl",
  shift: apple ? "⇧" : "Shift",
  alt: apple ? "⌥" : "Alt",
  enter: "Enter",
  esc: "Esc",
  up: "↑",
  down: "↓",
};

/** A key or a combination: `mod+k`, `j`, `esc`. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  const label = keys
    .split("+")
    .map((key) => names[key] ?? key.toUpperCase())
    .join(apple ? "" : "+");
  return (
    <kbd
      className={cn(
        "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-2xs text-ink-3",
        className,
      )}
    >
      {label}
    </kbd>
  );
}

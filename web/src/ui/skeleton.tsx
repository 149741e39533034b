import { cn } from "@/lib/cn";

/** A grey bar in the place and size of what is loading. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("skeleton block h-3.5 rounded", className)} />;
}

const widths = ["w-3/4", "w-1/2", "w-5/6", "w-2/3"];

/** A few lines of loading text. */
export function SkeletonLines({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div className={cn("flex flex-col gap-2.5", className)} aria-hidden>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity and never move
        <Skeleton key={line} className={widths[line % widths.length]} />
      ))}
    </div>
  );
}

import { useEffect, useRef } from "react";

/** Calls when the marked end of a list comes near the visible part, as long as there is more. */
export function useNearEnd(active: boolean, onNear: () => void): (element: HTMLElement | null) => void {
  const latest = useRef({ active, onNear });
  latest.current = { active, onNear };
  const element = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const target = element.current;
    if (!active || !target || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (latest.current.active && entries.some((entry) => entry.isIntersecting)) latest.current.onNear();
      },
      { rootMargin: "400px" },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [active]);
  return (next) => {
    element.current = next;
  };
}

import { useEffect, useRef, useState, useSyncExternalStore } from "react";

/** Whether a media query holds now. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Lists become cards below this width. */
export function useNarrow(): boolean {
  return !useMediaQuery("(min-width: 768px)");
}

/** A value that follows after a pause in typing, so that each letter is not a request. */
export function useDebounced<Value>(value: Value, milliseconds = 200): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/**
 * Text a person types while the settled value lives in the URL: typing is instant, the URL follows after a pause, and a change from
 * outside (Back, a saved view) replaces the text.
 */
export function useTypedText(
  settled: string,
  commit: (text: string) => void,
  milliseconds = 250,
): [string, (text: string) => void] {
  const [text, setText] = useState(settled);
  const lastCommitted = useRef(settled);
  const commitNow = useRef(commit);
  commitNow.current = commit;

  useEffect(() => {
    if (settled !== lastCommitted.current) {
      lastCommitted.current = settled;
      setText(settled);
    }
  }, [settled]);

  useEffect(() => {
    if (text === lastCommitted.current) return;
    const timer = setTimeout(() => {
      lastCommitted.current = text;
      commitNow.current(text);
    }, milliseconds);
    return () => clearTimeout(timer);
  }, [text, milliseconds]);

  return [text, setText];
}

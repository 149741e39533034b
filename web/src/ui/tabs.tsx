import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export interface TabItem<Value extends string> {
  value: Value;
  label: string;
  /** A number beside the word, such as how many there are. */
  count?: ReactNode;
  content: ReactNode;
}

export interface TabsProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  items: readonly TabItem<Value>[];
  label: string;
  className?: string;
}

/** Parts of one page. The page keeps the open one in its URL. */
export function Tabs<Value extends string>({ value, onChange, items, label, className }: TabsProps<Value>) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as Value)} className={cn("min-w-0", className)}>
      <Base.List aria-label={label} className="relative mb-5 flex gap-4 overflow-x-auto border-b border-line">
        {items.map((item) => (
          <Base.Tab
            key={item.value}
            value={item.value}
            className="-mb-px flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent text-ink-2 outline-offset-[-2px] hover:text-ink data-active:border-accent data-active:font-medium data-active:text-ink"
          >
            {item.label}
            {item.count !== undefined && (
              <span className="nums rounded-full bg-sunken px-1.5 text-xs text-ink-2">{item.count}</span>
            )}
          </Base.Tab>
        ))}
      </Base.List>
      {items.map((item) => (
        <Base.Panel key={item.value} value={item.value} className="outline-offset-4">
          {item.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { IconButton } from "./button";

/** Copies text; the icon confirms for a moment. */
export function CopyButton({ text, label, size = "md" }: { text: string; label?: string; size?: "sm" | "md" }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      label={copied ? t("action.copied") : (label ?? t("action.copy"))}
      size={size}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => setCopied(true));
      }}
    >
      {copied ? <Check aria-hidden className="text-ok-text" /> : <Copy aria-hidden />}
    </IconButton>
  );
}

export interface CodeBlockProps {
  code: string;
  label: string;
  className?: string;
  wrap?: boolean;
}

/** Code or raw data, scrollable by keyboard, with a copy button. */
export function CodeBlock({ code, label, className, wrap }: CodeBlockProps) {
  return (
    <div className={cn("group relative rounded-lg border border-line bg-sunken", className)}>
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-lg"
      >
        <pre className={cn("p-3 pr-11 font-mono text-xs leading-5", wrap && "break-words whitespace-pre-wrap")}>
          <code>{code}</code>
        </pre>
      </section>
      <span className="absolute top-1.5 right-1.5">
        <CopyButton text={code} size="sm" />
      </span>
    </div>
  );
}

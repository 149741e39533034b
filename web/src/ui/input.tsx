import { Input as Base } from "@base-ui/react/input";
import { Eye, EyeOff, Search, X } from "lucide-react";
import { type ComponentProps, type Ref, useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";

export const controlStyle =
  "h-8 w-full min-w-0 rounded-md border border-control/70 bg-surface px-2.5 text-base text-ink placeholder:text-ink-3 focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent data-invalid:border-danger aria-invalid:border-danger disabled:bg-sunken disabled:text-ink-3";

export interface InputProps extends Omit<ComponentProps<typeof Base>, "className"> {
  className?: string;
}

export function Input({ className, ...rest }: InputProps) {
  return <Base className={cn(controlStyle, className)} {...rest} />;
}

/** A password with a way to look at it. */
export function PasswordInput({ className, ...rest }: InputProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <span className="relative block">
      <Input {...rest} type={shown ? "text" : "password"} className={cn("pr-9", className)} />
      <button
        type="button"
        aria-label={shown ? t("form.hidePassword") : t("form.showPassword")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-ink-3 hover:text-ink"
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </span>
  );
}

export interface TextareaProps extends Omit<ComponentProps<"textarea">, "className"> {
  className?: string;
  mono?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

export function Textarea({ className, mono, ref, ...rest }: TextareaProps) {
  return (
    <Base
      render={<textarea ref={ref} {...rest} />}
      className={cn(
        controlStyle,
        "h-auto min-h-20 resize-y py-1.5 leading-5",
        mono && "font-mono text-sm leading-5",
        className,
      )}
    />
  );
}

export interface SearchInputProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
  className?: string;
  ref?: Ref<HTMLInputElement>;
}

/** The search box of a page: `/` jumps to it, Esc empties it. */
export function SearchInput({ value, onChange, label, placeholder, className, ref }: SearchInputProps) {
  const { t } = useTranslation();
  return (
    <div className={cn("relative w-64 max-w-full", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        data-page-search
        placeholder={placeholder ?? label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && value !== "") {
            event.stopPropagation();
            onChange("");
          }
        }}
        className={cn(controlStyle, "pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {value !== "" && (
        <button
          type="button"
          aria-label={t("form.clearSearch")}
          onClick={() => onChange("")}
          className="absolute inset-y-0 right-0 grid w-8 place-items-center rounded-md text-ink-3 hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}

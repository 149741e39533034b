import { Button as BaseButton } from "@base-ui/react/button";
import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle, X } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Tooltip } from "./tooltip";

export const buttonStyle = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors duration-100 [&_svg]:size-4 [&_svg]:shrink-0 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 disabled:cursor-not-allowed disabled:opacity-55",
  {
    variants: {
      variant: {
        primary:
          "border-transparent bg-accent-solid text-white shadow-1 not-aria-disabled:not-disabled:hover:bg-accent-solid-hover",
        secondary:
          "border-line-strong bg-surface text-ink shadow-1 not-aria-disabled:not-disabled:hover:bg-hover data-popup-open:bg-hover",
        ghost:
          "border-transparent bg-transparent text-ink-2 not-aria-disabled:not-disabled:hover:bg-hover not-aria-disabled:not-disabled:hover:text-ink data-popup-open:bg-hover data-popup-open:text-ink",
        danger:
          "border-transparent bg-danger-solid text-white shadow-1 not-aria-disabled:not-disabled:hover:bg-danger-solid-hover",
        link: "h-auto border-transparent bg-transparent p-0 text-accent-text underline-offset-2 hover:underline",
      },
      size: { sm: "h-7 px-2.5 text-sm", md: "h-8 px-3 text-base", lg: "h-10 px-4 text-base" },
    },
    compoundVariants: [{ variant: "link", class: "h-auto px-0" }],
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export interface ButtonProps
  extends Omit<ComponentProps<typeof BaseButton>, "className">,
    VariantProps<typeof buttonStyle> {
  className?: string;
  /** Shows a spinner and refuses clicks; the label stays, so that the button keeps its width. */
  pending?: boolean;
  /** Why the button cannot be used now: shown on hover and focus. Set it rather than hiding the button. */
  disabledReason?: string | null | false;
}

export function Button({
  variant,
  size,
  className,
  pending = false,
  disabled,
  disabledReason,
  type = "button",
  children,
  ...rest
}: ButtonProps) {
  const blocked = Boolean(disabledReason);
  const button = (
    <BaseButton
      type={type}
      className={cn(buttonStyle({ variant, size }), className)}
      disabled={disabled || pending || blocked}
      focusableWhenDisabled={pending || blocked}
      aria-busy={pending || undefined}
      {...rest}
    >
      {pending && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </BaseButton>
  );
  return disabledReason ? <Tooltip content={disabledReason}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "aria-label"> {
  /** What the button does: its name for screen readers and its tooltip. */
  label: string;
  children: ReactNode;
  /** Keys that do the same, shown in the tooltip. */
  shortcut?: string;
}

export function IconButton({
  label,
  shortcut,
  size = "md",
  variant = "ghost",
  className,
  children,
  ...rest
}: IconButtonProps) {
  const side = { sm: "w-7", md: "w-8", lg: "w-10" }[size ?? "md"];
  return (
    <Tooltip content={rest.disabledReason || label} shortcut={shortcut}>
      <Button
        aria-label={label}
        size={size}
        variant={variant}
        className={cn("px-0", side, className)}
        {...rest}
        disabled={rest.disabled || Boolean(rest.disabledReason)}
        disabledReason={null}
      >
        {children}
      </Button>
    </Tooltip>
  );
}

/** The cross of a dialog or drawer. It gets the focus when they open, so it says its name without a tooltip popping up. */
export function CloseButton({ label, className, ...rest }: Omit<IconButtonProps, "children">) {
  return (
    <Button aria-label={label} title={label} variant="ghost" className={cn("w-8 px-0", className)} {...rest}>
      <X aria-hidden />
    </Button>
  );
}

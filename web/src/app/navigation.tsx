import type { LinkProps } from "@tanstack/react-router";
import { type LucideIcon, SlidersHorizontal } from "lucide-react";

export interface NavigationItem {
  /** Translation of its name. */
  label:
    | "nav.debugger"
    | "nav.merges"
    | "nav.audit"
    | "nav.definition"
    | "nav.keys"
    | "nav.staff"
    | "nav.channels"
    | "nav.workspace";
  to: LinkProps["to"];
  icon: LucideIcon;
  permission: string;
  /** The definition's module it belongs to; always there when not given. */
  module?: string;
  /** Pressed after `g`. */
  key?: string;
}

export interface NavigationGroup {
  label: "nav.groups.product" | "nav.groups.data" | "nav.groups.settings";
  items: NavigationItem[];
}

/** Everything the sidebar, the palette and the `g` shortcuts lead to. A new page adds one line here. */
export const navigation: readonly NavigationGroup[] = [
  {
    label: "nav.groups.settings",
    items: [
      {
        label: "nav.workspace",
        to: "/$workspace/settings/workspace",
        icon: SlidersHorizontal,
        permission: "workspace.manage",
      },
    ],
  },
];

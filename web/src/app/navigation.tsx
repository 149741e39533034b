import type { LinkProps } from "@tanstack/react-router";
import { Combine, type LucideIcon, Radio, ScrollText, SlidersHorizontal } from "lucide-react";

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
    label: "nav.groups.data",
    items: [
      { label: "nav.debugger", to: "/$workspace/debugger", icon: Radio, permission: "events.read", key: "d" },
      { label: "nav.merges", to: "/$workspace/merges", icon: Combine, permission: "identities.merge", key: "m" },
      { label: "nav.audit", to: "/$workspace/audit", icon: ScrollText, permission: "audit.read", key: "l" },
    ],
  },
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

import type { LinkProps } from "@tanstack/react-router";
import {
  BellRing,
  BookOpenText,
  Building2,
  Combine,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Radio,
  ScrollText,
  Send,
  SlidersHorizontal,
  Users,
  UsersRound,
} from "lucide-react";

export interface NavigationItem {
  /** Translation of its name. */
  label:
    | "nav.overview"
    | "nav.users"
    | "nav.alerts"
    | "nav.accounts"
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
  /** Current only on this very address, not below it. */
  exact?: true;
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
    label: "nav.groups.product",
    items: [
      {
        label: "nav.overview",
        to: "/$workspace",
        icon: LayoutDashboard,
        permission: "users.read",
        exact: true,
        key: "o",
      },
      { label: "nav.users", to: "/$workspace/users", icon: Users, permission: "users.read", key: "u" },
      { label: "nav.alerts", to: "/$workspace/alerts", icon: BellRing, permission: "alerts.read", key: "a" },
      { label: "nav.accounts", to: "/$workspace/accounts", icon: Building2, permission: "users.read", key: "c" },
    ],
  },
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
        label: "nav.definition",
        to: "/$workspace/settings/definition",
        icon: BookOpenText,
        permission: "definition.read",
      },
      { label: "nav.keys", to: "/$workspace/settings/keys", icon: KeyRound, permission: "keys.manage" },
      { label: "nav.channels", to: "/$workspace/settings/channels", icon: Send, permission: "channels.manage" },
      { label: "nav.staff", to: "/$workspace/settings/staff", icon: UsersRound, permission: "staff.read" },
      {
        label: "nav.workspace",
        to: "/$workspace/settings/workspace",
        icon: SlidersHorizontal,
        permission: "workspace.manage",
      },
    ],
  },
];

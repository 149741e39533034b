import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { sessionQuery, workspaceQuery } from "@/api/queries";
import type { Session, SessionWorkspace, Workspace } from "@/api/types";
import { ForbiddenState } from "@/ui/states";

/** The logged-in staff member. Only below the `_app` route, which loads it. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** The workspace of the URL as the session knows it: name, role, permissions. `null` on pages of the whole instance. */
export function useSessionWorkspace(): SessionWorkspace | null {
  const session = useSession();
  const { workspace } = useParams({ strict: false });
  return session.workspaces.find((item) => item.slug === workspace) ?? null;
}

/** The workspace of the URL with its fields and alerts. Only below the `$workspace` route, which loads it. */
export function useWorkspace(): Workspace {
  const { workspace } = useParams({ from: "/_app/$workspace" });
  return useSuspenseQuery(workspaceQuery(workspace)).data;
}

/** Whether the staff member may do something here: in the URL's workspace, or in the instance where there is none. */
export function useCan(): (permission: string) => boolean {
  const session = useSession();
  const workspace = useSessionWorkspace();
  const permissions = workspace?.permissions ?? session.staff.permissions;
  return (permission) => permissions.includes(permission);
}

/** Shows the page only to those who may see it; others learn which permission is missing and who grants it. */
export function RequirePermission({ permission, children }: { permission: string; children: ReactNode }) {
  const can = useCan();
  return can(permission) ? children : <ForbiddenState permission={permission} className="py-24" page />;
}

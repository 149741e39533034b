import { createFileRoute, notFound, Outlet } from "@tanstack/react-router";
import { sessionQuery, workspaceQuery } from "@/api/queries";
import { SkeletonLines } from "@/ui/skeleton";
import { RouteError } from "../__root";

export const Route = createFileRoute("/_app/$workspace")({
  loader: async ({ context, params }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session.workspaces.some((item) => item.slug === params.workspace)) throw notFound();
    await context.queryClient.ensureQueryData(workspaceQuery(params.workspace));
  },
  component: Outlet,
  pendingComponent: () => <SkeletonLines className="p-6" lines={5} />,
  errorComponent: RouteError,
});

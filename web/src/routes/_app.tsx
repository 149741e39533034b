import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Outlet, redirect, useParams } from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { sessionQuery, setupQuery, workspaceQuery } from "@/api/queries";
import { useSession } from "@/app/session";
import { Shell } from "@/app/shell";
import { isLanguage, setLanguage } from "@/i18n";
import { TimeZoneProvider } from "@/ui/format";
import { Skeleton } from "@/ui/skeleton";
import { RouteError } from "./__root";

/** Everything behind the login. */
export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    try {
      const session = await context.queryClient.ensureQueryData(sessionQuery);
      if (isLanguage(session.staff.locale) && document.documentElement.lang !== session.staff.locale) {
        await setLanguage(session.staff.locale);
      }
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
      const { needed } = await context.queryClient.fetchQuery(setupQuery).catch(() => ({ needed: false }));
      if (needed) throw redirect({ to: "/setup" });
      throw redirect({ to: "/login", search: location.pathname === "/" ? {} : { return: location.href } });
    }
  },
  component: AppLayout,
  pendingComponent: Loading,
  errorComponent: RouteError,
});

function AppLayout() {
  const session = useSession();
  const params = useParams({ strict: false });
  // Pages of the whole instance, such as the profile, keep the sidebar of the first workspace.
  const slug =
    session.workspaces.find((item) => item.slug === params.workspace)?.slug ?? session.workspaces[0]?.slug ?? null;
  const workspace = useQuery({ ...workspaceQuery(slug ?? ""), enabled: slug !== null });
  return (
    <TimeZoneProvider timeZone={workspace.data?.time_zone ?? session.staff.time_zone ?? "UTC"}>
      <Shell workspace={slug} modules={workspace.data?.modules ?? null}>
        <Outlet />
      </Shell>
    </TimeZoneProvider>
  );
}

function Loading() {
  return (
    <div className="flex h-dvh">
      <div className="w-60 border-r border-line bg-surface p-4 max-md:hidden">
        <Skeleton className="h-7 w-36" />
      </div>
      <div className="flex-1 p-6">
        <Skeleton className="h-6 w-52" />
      </div>
    </div>
  );
}

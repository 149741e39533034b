import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Link, Outlet, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "@/i18n/use-translation";
import { buttonStyle } from "@/ui/button";
import { useDocumentTitle } from "@/ui/page";
import { EmptyState, ErrorState } from "@/ui/states";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: RouteError,
});

function NotFound() {
  const { t } = useTranslation();
  useDocumentTitle(t("app.notFoundTitle"));
  return (
    <EmptyState
      page
      className="py-24"
      icon={<Compass aria-hidden />}
      title={t("app.notFoundTitle")}
      text={t("app.notFoundText")}
      action={
        <Link to="/" className={buttonStyle({ variant: "primary" })}>
          {t("app.toStart")}
        </Link>
      }
    />
  );
}

/** What is shown when a page could not be loaded at all. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  return (
    <ErrorState
      page
      className="py-24"
      problem={error}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}

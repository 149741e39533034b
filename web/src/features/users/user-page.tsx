import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { Problem } from "@/api/problem";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { buttonStyle } from "@/ui/button";
import { Page } from "@/ui/page";
import { ErrorState } from "@/ui/states";
import { userName } from "./columns";
import { userQuery } from "./queries";
import { UserDetailView } from "./user-detail";

const route = getRouteApi("/_app/$workspace/users/$user");

/** One user on a page of its own. */
export function UserPage() {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const { user } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const loaded = useQuery(userQuery(slug, user));
  const title = loaded.data ? userName(loaded.data) : user;
  const back = (
    <Link to="/$workspace/users" params={{ workspace: slug }} className={buttonStyle({ variant: "ghost" })}>
      <ArrowLeft aria-hidden />
      {t("users.title")}
    </Link>
  );
  if (loaded.error instanceof Problem) {
    return (
      <Page title={title} actions={back}>
        <ErrorState problem={loaded.error} onRetry={() => void loaded.refetch()} className="py-24" />
      </Page>
    );
  }
  return (
    <Page title={title} documentTitle={`${title} · ${t("users.title")}`} actions={back}>
      <UserDetailView
        user={user}
        tab={tab ?? "profile"}
        onTab={(next) => void navigate({ search: { tab: next }, replace: true })}
      />
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useWorkspace } from "@/app/session";
import { userName, useUserColumns } from "@/features/users/columns";
import { useTranslation } from "@/i18n/use-translation";
import { buttonStyle } from "@/ui/button";
import { CodeBlock, CopyButton } from "@/ui/copy";
import { Time } from "@/ui/format";
import { Page, Section } from "@/ui/page";
import { EmptyState, ErrorState } from "@/ui/states";
import { DataTable } from "@/ui/table";
import { accountQuery } from "./queries";

const route = getRouteApi("/_app/$workspace/accounts/$account");

/** One company with its people. */
export function AccountPage() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { account: id } = route.useParams();
  const navigate = route.useNavigate();
  const columns = useUserColumns(workspace);
  const loaded = useQuery(accountQuery(workspace.slug, id));
  const account = loaded.data;
  const title = account?.name ?? id;
  const traits = Object.keys(account?.traits ?? {}).length > 0;
  return (
    <Page
      title={title}
      documentTitle={`${title} · ${t("accounts.title")}`}
      aside={
        <span className="inline-flex items-center gap-1 text-sm text-ink-3">
          ID <code className="font-mono text-ink-2">{id}</code>
          <CopyButton size="sm" text={id} label={t("users.detail.copyId")} />
          {account?.created_at && (
            <span className="ml-2">
              {t("accounts.since")} <Time value={account.created_at} as="date" />
            </span>
          )}
        </span>
      }
      actions={
        <Link
          to="/$workspace/accounts"
          params={{ workspace: workspace.slug }}
          className={buttonStyle({ variant: "ghost" })}
        >
          <ArrowLeft aria-hidden />
          {t("accounts.title")}
        </Link>
      }
    >
      {loaded.isError && !account ? (
        <ErrorState className="py-24" problem={loaded.error} onRetry={() => void loaded.refetch()} />
      ) : (
        <>
          <Section title={t("accounts.users")} card={false}>
            <DataTable
              label={t("accounts.users")}
              columns={columns}
              visible={workspace.columns}
              rows={account?.users ?? []}
              rowId={(row) => row.id}
              rowName={userName}
              loading={loaded.isPending}
              onOpen={(row) =>
                void navigate({
                  to: "/$workspace/users/$user",
                  params: { workspace: workspace.slug, user: row.id },
                  search: {},
                })
              }
              empty={<EmptyState title={t("accounts.noUsers")} text={t("accounts.noUsersText")} />}
            />
          </Section>
          {traits && (
            <Section title={t("users.detail.traits")} description={t("users.detail.traitsText")} card={false}>
              <CodeBlock code={JSON.stringify(account?.traits, null, 2)} label={t("users.detail.traits")} />
            </Section>
          )}
        </>
      )}
    </Page>
  );
}

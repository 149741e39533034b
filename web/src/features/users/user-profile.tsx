import { Link } from "@tanstack/react-router";
import type { Field, FieldScalar, Workspace } from "@/api/types";
import { useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { CodeBlock, CopyButton } from "@/ui/copy";
import { Time, useFormat } from "@/ui/format";
import { Hint } from "@/ui/hint";
import { Card, type DetailItem, DetailList, Section } from "@/ui/page";
import { Skeleton, SkeletonLines } from "@/ui/skeleton";
import { FieldValue } from "./cells";
import type { Identity, UserDetail } from "./types";

/** The numbers of the product first, then who it is, then by what they are known. */
export function UserProfile({ detail }: { detail: UserDetail }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const format = useFormat();
  const inBlocks = new Set(workspace.detail_blocks.flatMap((block) => block.fields));
  const rest = workspace.fields.filter(
    (field) => !inBlocks.has(field.key) && field.key !== "id" && field.key !== "account_id",
  );
  const traits = Object.keys(detail.traits ?? {}).length > 0;
  return (
    <div>
      {workspace.detail_blocks.map((block) => (
        <Section key={block.key} title={format.label(block.label)} card={false}>
          <MetricGrid fields={fieldsOf(workspace, block.fields)} values={detail.fields} />
        </Section>
      ))}
      <Section title={t("users.detail.profile")}>
        <DetailList items={[...accountItem(workspace, detail, t("users.detail.account")), ...rest.map(fieldItem)]} />
      </Section>
      <Section title={t("users.detail.identities")} description={t("users.detail.identitiesText")}>
        <Identities identities={detail.identities} />
      </Section>
      {traits && (
        <Section title={t("users.detail.traits")} description={t("users.detail.traitsText")} card={false}>
          <CodeBlock code={JSON.stringify(detail.traits, null, 2)} label={t("users.detail.traits")} />
        </Section>
      )}
      <p className="text-xs text-ink-3">
        {t("users.detail.asOf")} <Time value={detail.as_of} />
      </p>
    </div>
  );

  function fieldItem(field: Field): DetailItem {
    return {
      key: field.key,
      label: format.label(field.label),
      value: <ProfileValue field={field} value={detail.fields[field.key]} />,
    };
  }
}

function fieldsOf(workspace: Workspace, keys: readonly string[]): Field[] {
  return keys.flatMap((key) => workspace.fields.find((field) => field.key === key) ?? []);
}

function accountItem(workspace: Workspace, detail: UserDetail, label: string): DetailItem[] {
  const { account } = detail;
  if (!account) return [];
  const link = (
    <Link
      to="/$workspace/accounts/$account"
      params={{ workspace: workspace.slug, account: account.id }}
      className="text-accent-text hover:underline"
    >
      {account.name ?? account.id}
    </Link>
  );
  return [{ key: "account", label, value: link }];
}

/** Values a person writes to or calls are links. */
function ProfileValue({ field, value }: { field: Field; value: FieldScalar | undefined }) {
  const address = typeof value === "string" && value !== "" ? contactAddress(field.key, value) : null;
  if (address === null) return <FieldValue field={field} value={value} />;
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <a
        href={address}
        className="truncate text-accent-text hover:underline"
        {...(address.startsWith("https:") && { target: "_blank", rel: "noreferrer" })}
      >
        <FieldValue field={field} value={value} />
      </a>
      <CopyButton size="sm" text={String(value)} />
    </span>
  );
}

/** Only addresses of a known form become links: a product may send anything. */
export function contactAddress(key: string, value: string): string | null {
  if (key === "email" && /^[^\s@]+@[^\s@]+$/.test(value))
    return `mailto:${encodeURIComponent(value).replace("%40", "@")}`;
  if (key === "phone" && /^\+?[\d\s()-]{5,}$/.test(value)) return `tel:${value.replace(/[^\d+]/g, "")}`;
  if (key === "telegram_username" && /^@?\w{3,}$/.test(value)) return `https://t.me/${value.replace(/^@/, "")}`;
  return null;
}

/** Metrics of a user, each with its definition. */
function MetricGrid({ fields, values }: { fields: readonly Field[]; values: Record<string, FieldScalar> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(12.5rem,1fr))] overflow-hidden rounded-lg border border-line bg-surface shadow-1">
      {fields.map((field) => (
        <div key={field.key} className="-mr-px -mb-px flex flex-col gap-1 border-r border-b border-line px-4 py-3">
          <dt className="flex items-start justify-between gap-1 text-sm text-ink-3">
            {format.label(field.label)}
            <Hint about={format.label(field.label)}>
              <p>{format.label(field.description)}</p>
              {field.source && (
                <p className="text-xs text-ink-3">
                  {t("users.detail.source")}: {field.source}
                </p>
              )}
            </Hint>
          </dt>
          <dd className="mt-auto text-lg font-semibold">
            <FieldValue field={field} value={values[field.key]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Identities({ identities }: { identities: readonly Identity[] }) {
  const { t } = useTranslation();
  return (
    <ul className="divide-y divide-line">
      {identities.map((identity) => (
        <li
          key={`${identity.kind} ${identity.value}`}
          className="flex flex-wrap items-center gap-x-4 gap-y-0.5 py-1.5 first:pt-0 last:pb-0"
        >
          <span className="w-36 text-ink-3">{t(`users.identity.${identity.kind}`)}</span>
          <span className="inline-flex min-w-0 flex-1 items-center gap-1">
            <code className="truncate font-mono text-sm">{identity.value}</code>
            <CopyButton size="sm" text={identity.value} />
          </span>
          <span className="text-sm text-ink-3">
            <Time value={identity.since} as="date" />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function UserProfileSkeleton() {
  return (
    <div>
      <Skeleton className="mb-3 h-5 w-64" />
      <Card className="mb-6">
        <SkeletonLines lines={4} />
      </Card>
      <Skeleton className="mb-3 h-5 w-40" />
      <Card>
        <SkeletonLines lines={8} />
      </Card>
    </div>
  );
}

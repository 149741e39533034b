import { useTranslation } from "@/i18n/use-translation";
import { Checkbox } from "@/ui/checkbox";

/** Everything that can be permitted, in the groups people think in. */
export const permissionGroups = [
  { group: "users", permissions: ["users.read", "users.write", "users.export", "notes.write", "identities.merge"] },
  { group: "billing", permissions: ["billing.read", "billing.write"] },
  {
    group: "alerts",
    permissions: ["alerts.read", "alerts.write", "views.write", "broadcasts.read", "broadcasts.write"],
  },
  { group: "data", permissions: ["events.read", "events.write", "records.read", "records.write"] },
  { group: "definition", permissions: ["definition.read", "definition.write"] },
  {
    group: "administration",
    permissions: [
      "staff.read",
      "staff.manage",
      "keys.manage",
      "channels.manage",
      "workspace.manage",
      "audit.read",
      "audit.export",
    ],
  },
] as const;

/** What a permission allows, in the reader's language; an unknown one shows its own name. */
export function usePermissionName(): (permission: string) => string {
  const { i18n } = useTranslation();
  return (permission) => {
    const key = `permission.${permission.replace(".", "_")}`;
    return i18n.exists(key) ? String(i18n.t(key as never)) : permission;
  };
}

export interface PermissionPickerProps {
  value: readonly string[];
  onChange: (permissions: string[]) => void;
  /** Permissions the person who grants holds: nobody gives what they do not have. */
  grantable: readonly string[];
  /** Already included by the role: shown checked and fixed. */
  included?: readonly string[];
}

export function PermissionPicker({ value, onChange, grantable, included = [] }: PermissionPickerProps) {
  const { t } = useTranslation();
  const name = usePermissionName();
  return (
    <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
      {permissionGroups.map(({ group, permissions }) => (
        <fieldset key={group} className="min-w-0">
          <legend className="mb-1.5 text-xs font-medium text-ink-3">{t(`permissionGroup.${group}`)}</legend>
          <div className="flex flex-col gap-1.5">
            {permissions.map((permission) => {
              const fixed = included.includes(permission);
              return (
                <Checkbox
                  key={permission}
                  label={<span className="text-sm">{name(permission)}</span>}
                  hint={fixed ? t("permissionGroup.byRole") : undefined}
                  checked={fixed || value.includes(permission)}
                  disabled={fixed || !grantable.includes(permission)}
                  onChange={(checked) =>
                    onChange(checked ? [...value, permission] : value.filter((other) => other !== permission))
                  }
                />
              );
            })}
          </div>
        </fieldset>
      ))}
    </div>
  );
}

import { type Role, roles } from "@/api/types";
import { PermissionPicker } from "@/app/permissions";
import { useSession } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Checkbox } from "@/ui/checkbox";
import { MultiCombobox } from "@/ui/combobox";
import { Field } from "@/ui/field";
import { useFormat } from "@/ui/format";
import { Textarea } from "@/ui/input";
import { Select } from "@/ui/select";

/** What a staff member may do, where, and from which addresses. */
export interface Rights {
  role: Role;
  extraPermissions: string[];
  /** `null`: every workspace. */
  workspaces: string[] | null;
  /** One network or address a line. */
  addresses: string;
}

export interface RightsFieldsProps {
  value: Rights;
  onChange: (rights: Rights) => void;
  errorOf: (name: string) => string | null;
  /** Permissions the role already gives. */
  included?: readonly string[];
}

export function RightsFields({ value, onChange, errorOf, included }: RightsFieldsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { staff, workspaces } = useSession();
  return (
    <>
      <Field label={t("staff.role")} error={errorOf("role")}>
        <Select
          value={value.role}
          onChange={(role) => onChange({ ...value, role })}
          options={roles.map((role) => ({ value: role, label: t(`role.${role}`), hint: t(`roleHint.${role}`) }))}
        />
      </Field>
      <Field label={t("staff.workspaces")} error={errorOf("workspaces")}>
        <Checkbox
          label={t("staff.allWorkspaces")}
          checked={value.workspaces === null}
          onChange={(all) => onChange({ ...value, workspaces: all ? null : workspaces.map((item) => item.slug) })}
        />
        {value.workspaces !== null && (
          <MultiCombobox
            label={t("staff.workspaces")}
            value={value.workspaces}
            onChange={(slugs) => onChange({ ...value, workspaces: slugs })}
            options={workspaces.map((item) => ({ value: item.slug, label: format.label(item.name) }))}
          />
        )}
      </Field>
      <Field label={t("staff.addresses")} optional hint={t("staff.addressesHint")} error={errorOf("ip_allow_list")}>
        <Textarea
          mono
          rows={2}
          placeholder="203.0.113.0/24"
          value={value.addresses}
          onChange={(event) => onChange({ ...value, addresses: event.target.value })}
        />
      </Field>
      <details className="group rounded-lg border border-line p-3" open={value.extraPermissions.length > 0}>
        <summary className="cursor-pointer text-sm font-medium select-none">
          {t("staff.extraPermissions")}
          <span className="ml-1.5 font-normal text-ink-3">{t("staff.extraHint")}</span>
        </summary>
        <div className="mt-3">
          <PermissionPicker
            value={value.extraPermissions}
            onChange={(extraPermissions) => onChange({ ...value, extraPermissions })}
            grantable={staff.permissions}
            included={included}
          />
        </div>
        {errorOf("extra_permissions") && (
          <p className="mt-1 text-xs text-danger-text">{errorOf("extra_permissions")}</p>
        )}
      </details>
    </>
  );
}

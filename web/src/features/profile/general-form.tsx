import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { Staff } from "@/api/types";
import { useSession } from "@/app/session";
import { setLanguage } from "@/i18n";
import { useTranslation } from "@/i18n/use-translation";
import { type Language, languages } from "@/lib/format";
import { Combobox } from "@/ui/combobox";
import { Field } from "@/ui/field";
import { Form, useSubmit } from "@/ui/form";
import { Input } from "@/ui/input";
import { Card } from "@/ui/page";
import { Select } from "@/ui/select";
import { timeZoneOptions } from "@/ui/timezones";
import { toast } from "@/ui/toast";

/** Name, language and time zone of the person. */
export function GeneralForm() {
  const { t, i18n } = useTranslation();
  const { staff } = useSession();
  const client = useQueryClient();
  const [name, setName] = useState(staff.name);
  const [locale, setLocale] = useState(i18n.language as Language);
  const [timeZone, setTimeZone] = useState(staff.time_zone ?? "UTC");
  const save = useSubmit(
    (changes: object) => api.patch<Staff>(path("me"), changes),
    async () => {
      await setLanguage(locale);
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      toast({ title: t("action.saved") });
    },
  );
  return (
    <Card>
      <Form
        className="max-w-md"
        action={t("action.save")}
        submission={save}
        disabled={name.trim() === ""}
        onSubmit={() => save.submit({ name: name.trim(), locale, time_zone: timeZone })}
      >
        <Field label={t("login.name")} error={save.errorOf("name")}>
          <Input value={name} autoComplete="name" onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("language.title")} error={save.errorOf("locale")}>
          <Select
            value={locale}
            options={languages.map((language) => ({ value: language, label: t(`language.${language}`) }))}
            onChange={setLocale}
          />
        </Field>
        <Field label={t("profile.timeZone")} hint={t("profile.timeZoneHint")} error={save.errorOf("time_zone")}>
          <Combobox
            value={timeZone}
            options={timeZoneOptions(timeZone)}
            onChange={(zone) => zone && setTimeZone(zone)}
          />
        </Field>
      </Form>
    </Card>
  );
}

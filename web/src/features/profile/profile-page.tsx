import { useNavigate, useSearch } from "@tanstack/react-router";
import { useSession } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { GeneralForm } from "./general-form";
import { PasskeySection } from "./passkey-section";
import { PasswordSection } from "./password-section";
import { RecoverySection } from "./recovery-section";
import { SessionsSection } from "./sessions-section";
import { TotpSection } from "./totp-section";

export function ProfilePage() {
  const { t } = useTranslation();
  const { tab = "general" } = useSearch({ from: "/_app/profile" });
  const navigate = useNavigate({ from: "/profile" });
  const { staff } = useSession();
  return (
    <Page
      title={t("nav.profile")}
      layout="read"
      aside={
        <span className="flex items-center gap-2 text-ink-2">
          {staff.email} <Badge>{t(`role.${staff.role}`)}</Badge>
        </span>
      }
    >
      <Tabs
        label={t("nav.profile")}
        value={tab}
        onChange={(next) => void navigate({ search: next === "general" ? {} : { tab: next } })}
        items={[
          { value: "general", label: t("profile.tabs.general"), content: <GeneralForm /> },
          {
            value: "security",
            label: t("profile.tabs.security"),
            content: (
              <>
                <PasswordSection />
                <TotpSection />
                <PasskeySection />
                <RecoverySection />
              </>
            ),
          },
          { value: "sessions", label: t("profile.tabs.sessions"), content: <SessionsSection /> },
        ]}
      />
    </Page>
  );
}

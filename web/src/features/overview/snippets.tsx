import { useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { CodeBlock } from "@/ui/copy";
import { Tabs } from "@/ui/tabs";

type Language = "curl" | "python" | "typescript";

/** Where products send to: the address the panel itself was opened at. */
function serverAddress(): string {
  return window.location.origin;
}

function eventByCurl(workspace: string): string {
  return `curl ${serverAddress()}/api/v1/${workspace}/events \\
  -H 'Authorization: Bearer YOUR_KEY' \\
  -H 'Content-Type: application/json' \\
  -d '[{"event": "signed_up", "user_id": "42", "properties": {"plan": "trial"}}]'`;
}

function snippets(workspace: string): Record<Language, string> {
  return {
    curl: eventByCurl(workspace),
    python: `# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "YOUR_KEY"
analytics.host = "${serverAddress()}"

analytics.identify("42", {"name": "Anna", "email": "anna@example.com"})
analytics.track("42", "signed_up", {"plan": "trial"})
analytics.flush()`,
    typescript: `// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "YOUR_KEY", host: "${serverAddress()}" });

analytics.identify({ userId: "42", traits: { name: "Anna", email: "anna@example.com" } });
analytics.track({ userId: "42", event: "signed_up", properties: { plan: "trial" } });
await analytics.closeAndFlush();`,
  };
}

/** How the product sends what happens, in three languages. */
export function AttachSnippets({ workspace }: { workspace: string }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<Language>("curl");
  const codes = snippets(workspace);
  const names: Record<Language, string> = { curl: "curl", python: "Python", typescript: "TypeScript" };
  return (
    <Tabs
      label={t("overview.attach.language")}
      value={language}
      onChange={setLanguage}
      items={(["curl", "python", "typescript"] as const).map((item) => ({
        value: item,
        label: names[item],
        content: <CodeBlock code={codes[item]} label={names[item]} />,
      }))}
    />
  );
}

/** The one call that makes the first user appear. */
export function FirstUserSnippet({ workspace }: { workspace: string }) {
  const code = `curl ${serverAddress()}/api/v1/${workspace}/records/user \\
  -H 'Authorization: Bearer YOUR_SECRET_KEY' \\
  -H 'Content-Type: application/json' \\
  -d '[{"id": "42", "name": "Anna", "email": "anna@example.com"}]'`;
  return <CodeBlock className="w-full text-left" code={code} label="curl" />;
}

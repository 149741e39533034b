import type { DebugItem } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { Badge } from "@/ui/badge";
import { CodeBlock } from "@/ui/copy";
import { Drawer } from "@/ui/drawer";
import { Time } from "@/ui/format";
import { DetailList, Section } from "@/ui/page";
import { Notice } from "@/ui/states";
import { outcomeTone } from "./search";

export function ItemDrawer({ item, onClose }: { item: DebugItem | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={item !== null} onOpenChange={(open) => !open && onClose()} title={item?.name || t("debugger.item")}>
      {item && <Item item={item} />}
    </Drawer>
  );
}

function Item({ item }: { item: DebugItem }) {
  const { t } = useTranslation();
  return (
    <>
      {item.reason && (
        <Notice tone={item.outcome === "refused" ? "danger" : "info"} title={item.reason} className="mb-5">
          {item.pointer && (
            <p>
              {t("debugger.place")} <code className="font-mono">{item.pointer}</code>
            </p>
          )}
        </Notice>
      )}
      <Section title={t("debugger.details")} card={false}>
        <DetailList
          items={[
            {
              key: "outcome",
              label: t("debugger.outcome"),
              value: (
                <Badge tone={outcomeTone[item.outcome]} icon>
                  {t(`debugger.outcomes.${item.outcome}`)}
                </Badge>
              ),
            },
            { key: "at", label: t("debugger.at"), value: <Time value={item.at} as="datetime" /> },
            { key: "subject", label: t("debugger.subject"), value: item.subject || "—" },
            { key: "door", label: t("debugger.door"), value: item.door },
            { key: "client", label: t("debugger.client"), value: item.client || "—" },
            { key: "key", label: t("debugger.key"), value: item.key_name || "—" },
          ]}
        />
      </Section>
      <Section title={t("debugger.raw")} description={t("debugger.rawText")} card={false}>
        <CodeBlock label={t("debugger.raw")} code={rawText(item.raw)} />
      </Section>
    </>
  );
}

/** What was sent, laid out; a body that was no JSON is shown as it came. */
function rawText(raw: unknown): string {
  return typeof raw === "string" ? raw : JSON.stringify(raw, null, 2);
}

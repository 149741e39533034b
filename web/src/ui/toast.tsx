import { Toast as Base } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useTranslation } from "@/i18n/use-translation";
import { IconButton } from "./button";

const manager = Base.createToastManager();

export interface ToastOptions {
  title: string;
  detail?: string;
  tone?: "ok" | "danger";
  /** Puts back what was just done. The toast then stays longer. */
  undo?: { label: string; run: () => void };
}

/** Says briefly that something happened elsewhere than under the pointer. Failures of a form belong beside the form. */
export function toast({ title, detail, tone = "ok", undo }: ToastOptions): void {
  const id = manager.add({
    title,
    description: detail,
    type: tone,
    priority: tone === "danger" ? "high" : "low",
    timeout: undo ? 10_000 : tone === "danger" ? 8_000 : 4_000,
    actionProps: undo && {
      children: undo.label,
      onClick: () => {
        undo.run();
        manager.close(id);
      },
    },
  });
}

export function ToastRegion() {
  const { t } = useTranslation();
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Base.Viewport
          aria-label={t("app.notifications")}
          className="fixed right-4 bottom-4 z-70 flex w-90 max-w-[calc(100vw-2rem)] flex-col-reverse gap-2"
        >
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const { t } = useTranslation();
  const { toasts } = Base.useToastManager();
  return toasts.map((item) => (
    <Base.Root
      key={item.id}
      toast={item}
      className="rounded-lg border border-line bg-surface shadow-3 transition-[opacity,translate] duration-200 data-ending-style:translate-y-2 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Base.Content className="flex items-start gap-2.5 py-2.5 pr-2 pl-3">
        {item.type === "danger" ? (
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger-text" />
        ) : (
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok-text" />
        )}
        <div className="min-w-0 flex-1 py-px">
          <Base.Title className="font-medium" />
          <Base.Description className="text-sm break-words text-ink-2" />
        </div>
        <Base.Action className="mt-px shrink-0 rounded px-1.5 font-medium text-accent-text hover:underline" />
        <Base.Close
          render={
            <IconButton label={t("action.close")} size="sm" className="-my-1">
              <X aria-hidden />
            </IconButton>
          }
        />
      </Base.Content>
    </Base.Root>
  ));
}

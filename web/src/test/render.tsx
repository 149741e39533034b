import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RenderResult, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { startTranslations } from "@/i18n";
import type { Language } from "@/lib/format";
import { TimeZoneProvider } from "@/ui/format";
import { TooltipProvider } from "@/ui/tooltip";

/** Renders as a page would: in a language, in Moscow's time zone, with a cache of its own. */
export async function renderIn(language: Language, children: ReactNode): Promise<RenderResult> {
  await startTranslations(language);
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <TooltipProvider>
        <TimeZoneProvider timeZone="Europe/Moscow">{children}</TimeZoneProvider>
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

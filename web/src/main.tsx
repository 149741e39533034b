import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, router } from "@/app/router";
import { initialLanguage, startTranslations } from "@/i18n";
import { ToastRegion } from "@/ui/toast";
import { TooltipProvider } from "@/ui/tooltip";
import "@/styles/app.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startTranslations(initialLanguage());

createRoot(root).render(
  <StrictMode>
    {/* The content security policy allows no inline styles; app.css holds what Base UI would inject. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <RouterProvider router={router} />
          <ToastRegion />
        </TooltipProvider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);

import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { createRouter, parseSearchWith, stringifySearchWith } from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { routeTree } from "@/routeTree.gen";

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenLoggedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenLoggedOut }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused it will refuse again; only a lost connection or a fault of its own deserves another try.
      retry: (failures, problem) => failures < 2 && problem instanceof Problem && problem.status >= 502,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

export const router = createRouter({
  routeTree,
  context: { queryClient },
  // Texts stand in the address as they are, without quotes: an id made of digits is still a text.
  parseSearch: parseSearchWith(JSON.parse),
  stringifySearch: stringifySearchWith(JSON.stringify),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** A session that ended in the middle of work leads to the login and back to the same place. */
function leaveWhenLoggedOut(problem: unknown): void {
  if (!(problem instanceof Problem) || problem.status !== 401) return;
  const { pathname, href } = router.state.location;
  if (!queryClient.getQueryData(["session"]) || pathname === "/login") return;
  queryClient.clear();
  void router.navigate({ to: "/login", search: { return: href } });
}

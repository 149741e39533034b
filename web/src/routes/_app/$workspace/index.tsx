import { createFileRoute, redirect } from "@tanstack/react-router";

/** The page a workspace opens with. */
export const Route = createFileRoute("/_app/$workspace/")({
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$workspace/debugger", params });
  },
});

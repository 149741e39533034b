import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, onReachability, path, url } from "./client";
import { fieldName, Problem } from "./problem";

const fetched = vi.fn<typeof fetch>();
beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  fetched.mockReset();
  vi.unstubAllGlobals();
});

function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": status < 400 ? "application/json" : "application/problem+json", ...headers },
  });
}

async function refused(request: Promise<unknown>): Promise<Problem> {
  const problem = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(problem instanceof Problem)) throw new Error(`not a problem: ${String(problem)}`);
  return problem;
}

it("keeps an id one segment of the path, whatever is in it", () => {
  expect(path("replies", "users", "a/b?c#d")).toBe("/api/v1/replies/users/a%2Fb%3Fc%23d");
});

it("leaves unset parameters out and joins lists", () => {
  expect(url("/x", { q: "", cursor: null, sort: undefined, limit: 5, columns: ["a", "b"], none: [] })).toBe(
    "/x?limit=5&columns=a%2Cb",
  );
});

it("marks every change as coming from the panel", async () => {
  fetched.mockResolvedValue(answer(201, { id: "1" }));
  await expect(api.post("/x", { a: 1 }, { idempotencyKey: "k" })).resolves.toEqual({ id: "1" });
  const [, init] = fetched.mock.calls[0] ?? [];
  const headers = new Headers(init?.headers);
  expect(headers.get("x-kabinet")).toBe("1");
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("idempotency-key")).toBe("k");
});

it("understands an answer without a body", async () => {
  fetched.mockResolvedValue(answer(204));
  await expect(api.delete("/x")).resolves.toBeUndefined();
});

it("tells what the server refused, with each field's complaint", async () => {
  fetched.mockResolvedValue(
    answer(422, {
      title: "Unprocessable",
      detail: "Two fields are wrong.",
      code: "invalid",
      request_id: "r1",
      errors: [{ pointer: "/origins/0", detail: "No path." }],
    }),
  );
  const problem = await refused(api.post("/x"));
  expect(problem).toMatchObject({ status: 422, code: "invalid", detail: "Two fields are wrong.", requestId: "r1" });
  expect(problem.errors.map((error) => fieldName(error.pointer))).toEqual(["origins.0"]);
});

it("keeps the members only some problems have", async () => {
  fetched.mockResolvedValue(answer(401, { code: "second_factor_required", methods: ["totp"], challenge: "c" }));
  const problem = await refused(api.post("/x"));
  expect(problem.members).toMatchObject({ methods: ["totp"], challenge: "c" });
});

it("reads an error page of a proxy as a problem, and counts the server as away", async () => {
  const reachable: boolean[] = [];
  const stop = onReachability((state) => reachable.push(state));
  fetched.mockResolvedValueOnce(new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }));
  expect(await refused(api.get("/x"))).toMatchObject({ status: 502, code: "http_502" });
  fetched.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  expect(await refused(api.get("/x"))).toMatchObject({ status: 0, code: "unreachable" });
  fetched.mockResolvedValueOnce(answer(200, {}));
  await api.get("/x");
  stop();
  expect(reachable).toEqual([false, false, true]);
});

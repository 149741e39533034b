import { Problem, problemFrom } from "./problem";

type QueryValue = string | number | boolean | null | undefined | readonly string[];
export type Query = Readonly<Record<string, QueryValue>>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Makes a repeated POST safe: the same key and body get the first answer again. */
  idempotencyKey?: string;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Joins path segments, each escaped: an id with a slash in it stays one segment. */
export function path(...segments: readonly string[]): string {
  return `/api/v1${segments.map((segment) => `/${encodeURIComponent(segment)}`).join("")}`;
}

/** Path with its query; unset and empty values are left out, lists are joined by commas. */
export function url(base: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) {
      if (value.length > 0) params.set(name, value.join(","));
    } else {
      params.set(name, String(value));
    }
  }
  const text = params.toString();
  return text === "" ? base : `${base}?${text}`;
}

type Listener = (reachable: boolean) => void;
const listeners = new Set<Listener>();

/** Tells after each request whether the server could be reached. Returns the way to stop listening. */
export function onReachability(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function report(reachable: boolean): void {
  for (const listener of listeners) listener(reachable);
}

async function send<Answer>(method: Method, base: string, options: RequestOptions = {}): Promise<Answer> {
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") {
    headers.set("Content-Type", "application/json");
    headers.set("X-Kabinet", "1");
  }
  if (options.idempotencyKey !== undefined) headers.set("Idempotency-Key", options.idempotencyKey);
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal !== undefined) init.signal = options.signal;

  const response = await fetch(url(base, options.query), init).catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    report(false);
    throw new Problem(0, { detail: reason instanceof Error ? reason.message : "" });
  });
  // A proxy answers 502 and 504 in the server's place.
  report(response.status !== 502 && response.status !== 504);
  if (!response.ok) throw await problemFrom(response);
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as Answer;
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** The panel's one way to the server. Every refusal is thrown as a `Problem`. */
export const api = {
  get: <Answer>(base: string, query?: Query, signal?: AbortSignal) => send<Answer>("GET", base, { query, signal }),
  post: <Answer = void>(base: string, body: unknown = {}, options: Omit<RequestOptions, "body"> = {}) =>
    send<Answer>("POST", base, { ...options, body }),
  put: <Answer = void>(base: string, body: unknown = {}) => send<Answer>("PUT", base, { body }),
  patch: <Answer = void>(base: string, body: unknown) => send<Answer>("PATCH", base, { body }),
  delete: <Answer = void>(base: string, body?: unknown) => send<Answer>("DELETE", base, { body }),
};

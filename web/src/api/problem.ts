/** One complaint about one member of a request body. */
export interface FieldProblem {
  /** JSON pointer into the body, such as `/email`. */
  pointer: string;
  detail: string;
  code?: string;
  /** Which part of a rule's text, in characters (code points) from 0; `end` is the first one after. */
  position?: { start: number; end: number };
  suggestion?: string;
}

/** An answer the server refused with (RFC 9457), or the reason no answer came (`status` 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly errors: readonly FieldProblem[];
  /** Whatever else the server said, such as `methods` and `challenge` of a second factor. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, members: Record<string, unknown>) {
    const title = textOf(members.title);
    const detail = textOf(members.detail);
    super(detail || title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = textOf(members.code) || (status === 0 ? "unreachable" : `http_${status}`);
    this.title = title;
    this.detail = detail;
    this.requestId = textOf(members.request_id) || null;
    this.errors = Array.isArray(members.errors) ? members.errors.filter(isFieldProblem) : [];
    this.members = members;
  }
}

/** Turns a refused response into a Problem, also when a proxy in between answered with something of its own. */
export async function problemFrom(response: Response): Promise<Problem> {
  const members: Record<string, unknown> = { request_id: response.headers.get("x-request-id") };
  const retryAfter = response.headers.get("retry-after");
  if (retryAfter !== null) members.retry_after = Number(retryAfter);
  if (/json/.test(response.headers.get("content-type") ?? "")) {
    try {
      const body: unknown = await response.json();
      if (typeof body === "object" && body !== null) Object.assign(members, body);
    } catch {
      // A cut-off body tells nothing more than the status does.
    }
  }
  return new Problem(response.status, members);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return typeof value === "object" && value !== null && "pointer" in value && "detail" in value;
}

/** `/settings/host` → `settings.host`: the name a form gave the same member. */
export function fieldName(pointer: string): string {
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"))
    .join(".");
}

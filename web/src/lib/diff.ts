/** One difference between two JSON values. */
export interface Change {
  /** `settings.host`, `items[2]`; empty when the whole value changed. */
  path: string;
  kind: "added" | "removed" | "changed";
  before: unknown;
  after: unknown;
}

/** What changed from one JSON value to another, member by member. */
export function changes(before: unknown, after: unknown, path = ""): Change[] {
  if (same(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changes(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  // The first or last state of a thing reads better member by member than as one blob.
  if (before === undefined || before === null)
    return isObject(after) ? eachMember(after, path, "added") : [leaf(path, "added", before, after)];
  if (after === undefined || after === null) {
    return isObject(before) ? eachMember(before, path, "removed") : [leaf(path, "removed", before, after)];
  }
  return [leaf(path, "changed", before, after)];
}

function eachMember(value: Record<string, unknown>, path: string, kind: "added" | "removed"): Change[] {
  return Object.keys(value)
    .sort()
    .map((key) => {
      const member = path === "" ? key : `${path}.${key}`;
      return kind === "added" ? leaf(member, kind, undefined, value[key]) : leaf(member, kind, value[key], undefined);
    });
}

function leaf(path: string, kind: Change["kind"], before: unknown, after: unknown): Change {
  return { path, kind, before, after };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if ((left === undefined || left === null) && (right === undefined || right === null)) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => same(left[key], right[key]));
  }
  return false;
}

/** A JSON value on one line, texts without quotes. */
export function inline(value: unknown): string {
  if (value === undefined || value === null) return "—";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

import { expect, it } from "vitest";
import { changes, inline } from "./diff";

it("finds what changed, however deep", () => {
  const before = { role: "support", smtp: { host: "a", port: 25 }, tags: ["x"], gone: 1 };
  const after = { role: "analyst", smtp: { host: "a", port: 587 }, tags: ["x"], fresh: true };
  expect(changes(before, after)).toEqual([
    { path: "fresh", kind: "added", before: undefined, after: true },
    { path: "gone", kind: "removed", before: 1, after: undefined },
    { path: "role", kind: "changed", before: "support", after: "analyst" },
    { path: "smtp.port", kind: "changed", before: 25, after: 587 },
  ]);
});

it("lists the members of what was created or removed", () => {
  expect(changes(null, { name: "Backend", kind: "secret" }).map((change) => [change.path, change.kind])).toEqual([
    ["kind", "added"],
    ["name", "added"],
  ]);
  expect(changes({ text: "hi" }, null)).toEqual([{ path: "text", kind: "removed", before: "hi", after: undefined }]);
});

it("sees no change between nothing and nothing", () => {
  expect(changes(null, undefined)).toEqual([]);
  expect(changes([1, { a: 2 }], [1, { a: 2 }])).toEqual([]);
});

it("writes values on one line", () => {
  expect(inline("plain")).toBe("plain");
  expect(inline(["a", 1])).toBe('["a",1]');
  expect(inline(null)).toBe("—");
});

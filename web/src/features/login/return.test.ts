import { expect, it } from "vitest";
import { safeReturn } from "./return";

it.each([
  ["/replies/users?status=trial", "/replies/users?status=trial"],
  [undefined, "/"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["javascript:alert(1)", "/"],
])("after the login %s leads to %s", (asked, address) => {
  expect(safeReturn(asked)).toBe(address);
});

import { describe, expect, it } from "vitest";
import type { Field } from "@/api/types";
import { isComplete, newCondition, operatorsFor, plainConditions, readSpan, withCondition } from "./tree";

function field(type: Field["type"], nullable = false): Field {
  const label = { en: "x", ru: "x", uz: "x" };
  return {
    key: "x",
    type,
    label,
    short_label: label,
    csv_label: label,
    description: label,
    unit: null,
    source: "",
    nullable,
    sortable: true,
    filterable: true,
    core: false,
  };
}

describe("rule tree", () => {
  it("offers presence only for fields that may be empty", () => {
    expect(operatorsFor(field("number"))).not.toContain("is_set");
    expect(operatorsFor(field("number", true))).toContain("is_set");
  });

  it("starts a condition with a value of the field's type", () => {
    expect(newCondition(field("enum"))).toEqual({ field: "x", operator: "in", value: [] });
    expect(newCondition(field("timestamp"))).toEqual({ field: "x", operator: "within_last", value: "7d" });
    expect(newCondition(field("boolean"))).toEqual({ field: "x", operator: "is", value: true });
    expect(newCondition(field("money"))).toEqual({ field: "x", operator: "is", value: 0 });
  });

  it("is complete only when every value is given", () => {
    expect(isComplete({ all: [] })).toBe(false);
    expect(isComplete({ field: "x", operator: "in", value: [] })).toBe(false);
    expect(isComplete({ not: { field: "x", operator: "is_set" } })).toBe(true);
    expect(isComplete({ any: [{ field: "x", operator: "is", value: 0 }] })).toBe(true);
    expect(isComplete({ expression: " " })).toBe(false);
  });

  it("shows chips only for a plain conjunction", () => {
    const condition = { field: "x", operator: "is", value: 1 } as const;
    expect(plainConditions(null)).toEqual([]);
    expect(plainConditions({ all: [condition] })).toEqual([condition]);
    expect(plainConditions({ any: [condition] })).toBeNull();
    expect(plainConditions({ all: [{ not: condition }] })).toBeNull();
    expect(plainConditions({ expression: "a > b" })).toBeNull();
  });

  it("adds a condition beside what is there", () => {
    const first = { field: "x", operator: "is", value: 1 } as const;
    const second = { field: "y", operator: "is_set" } as const;
    expect(withCondition(null, first)).toEqual(first);
    expect(withCondition(first, second)).toEqual({ all: [first, second] });
    expect(withCondition({ all: [first] }, second)).toEqual({ all: [first, second] });
    expect(withCondition({ any: [first] }, second)).toEqual({ all: [{ any: [first] }, second] });
  });

  it("reads lengths of time of one unit", () => {
    expect(readSpan("3d")).toEqual({ count: 3, unit: "d" });
    expect(readSpan("1d12h")).toBeNull();
    expect(readSpan(3)).toBeNull();
  });
});

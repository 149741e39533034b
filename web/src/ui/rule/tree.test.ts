import { describe, expect, it } from "vitest";
import type { Field } from "@/api/types";
import { isComplete, newCondition, operatorsFor, plainConditions } from "./tree";

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
    expect(newCondition(field("enum"))).toEqual({ field: "x", op: "in", value: [] });
    expect(newCondition(field("timestamp"))).toEqual({ field: "x", op: "within_days", value: 7 });
    expect(newCondition(field("boolean"))).toEqual({ field: "x", op: "eq", value: true });
  });

  it("is complete only when every value is given", () => {
    expect(isComplete({ all: [] })).toBe(false);
    expect(isComplete({ field: "x", op: "in", value: [] })).toBe(false);
    expect(isComplete({ not: { field: "x", op: "is_set" } })).toBe(true);
    expect(isComplete({ any: [{ field: "x", op: "eq", value: 0 }] })).toBe(true);
  });

  it("shows chips only for a plain conjunction", () => {
    const condition = { field: "x", op: "eq", value: 1 } as const;
    expect(plainConditions(null)).toEqual([]);
    expect(plainConditions({ all: [condition] })).toEqual([condition]);
    expect(plainConditions({ any: [condition] })).toBeNull();
    expect(plainConditions({ all: [{ not: condition }] })).toBeNull();
  });
});

import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Field, FieldScalar } from "@/api/types";
import { apiError, apiStatus, field, user, zeroUsage } from "@/test/fields";
import { renderIn } from "@/test/render";
import { FieldValue, isNumeric } from "./cells";
import { AlertMarks, userName } from "./columns";
import { contactAddress } from "./user-profile";

/** What a person reads in a cell; narrow and ordinary no-break spaces look the same. */
async function read(shown: Field, value: FieldScalar | undefined): Promise<string> {
  const { container, unmount } = await renderIn("ru", <FieldValue field={shown} value={value} />);
  const text = (container.textContent ?? "").replace(/[\u00a0\u202f]/g, " ");
  unmount();
  return text;
}

describe("cells of the users table", () => {
  // spec: W01, W10
  it.each([
    [field("total_paid", "money"), { amount: 123450, currency: "RUB" }, "1 234,50 ₽"],
    [field("ai_requests", "integer"), 12345, "12 345"],
    [field("tokens_spent_per_day", "number"), 1234.5, "1 234,5"],
    [field("vision_usage_percent", "percent"), 40.7, "40,7 %"],
    [field("vision_usage_percent", "percent"), 0, "0 %"],
    [field("has_ai_analytics_sub", "boolean"), true, "Да"],
    [field("has_ai_analytics_sub", "boolean"), false, "Нет"],
    [apiStatus, "error_401", "Ошибка 401"],
    [apiStatus, "something_new", "something_new"],
    [field("telegram_username", "text"), "anna", "@anna"],
    [field("name", "text"), "<b>=1+1</b>", "<b>=1+1</b>"],
  ] as const)("%o %o → %s", async (shown, value, expected) => {
    expect(await read(shown, value)).toBe(expected);
  });

  // spec: W10
  it("says the state of the API key by colour, shape and word", async () => {
    const { container } = await renderIn("ru", <FieldValue field={apiStatus} value="error_401" />);
    expect(container.querySelector(".text-danger-text svg")).not.toBeNull();
    expect(container).toHaveTextContent("Ошибка 401");
  });

  it("shows a dash for what is not there, with words for screen readers", async () => {
    for (const value of [null, undefined, ""]) {
      expect(await read(field("phone", "text"), value)).toBe("—нет значения");
    }
  });

  it("puts numbers at the end of their column", () => {
    expect(isNumeric(field("x", "money"))).toBe(true);
    expect(isNumeric(field("x", "timestamp"))).toBe(false);
  });
});

describe("alerts in a row", () => {
  // spec: W11, W15
  it("have a name with since when, the gravest first", async () => {
    const row = user("1", {}, [
      { key: "zero_usage", since: "2026-11-12T09:00:00Z" },
      { key: "api_error", since: "2026-11-20T09:00:00Z" },
      { key: "gone", since: "2026-11-20T09:00:00Z" },
    ]);
    await renderIn("ru", <AlertMarks row={row} alerts={[zeroUsage, apiError]} />);
    const names = screen.getAllByRole("img").map((mark) => mark.getAttribute("aria-label"));
    expect(names).toEqual([
      expect.stringMatching(/^Критично: Ошибка API, с 20 нояб\. 2026/),
      expect.stringMatching(/^Внимание: Нулевая активность, с 12 нояб\. 2026/),
    ]);
  });
});

describe("a user", () => {
  it("is called by the best name there is", () => {
    expect(userName(user("7", { name: "Анна", email: "a@b.c" }))).toBe("Анна");
    expect(userName(user("7", { name: "", email: "a@b.c" }))).toBe("a@b.c");
    expect(userName(user("7", { telegram_username: "@anna" }))).toBe("@anna");
    expect(userName(user("7"))).toBe("7");
  });

  it("has links only to addresses of a known form", () => {
    expect(contactAddress("email", "anna@example.com")).toBe("mailto:anna@example.com");
    expect(contactAddress("email", "javascript:alert(1)")).toBeNull();
    expect(contactAddress("phone", "+7 (916) 106-16-52")).toBe("tel:+79161061652");
    expect(contactAddress("telegram_username", "anna_k")).toBe("https://t.me/anna_k");
    expect(contactAddress("telegram_username", "../x")).toBeNull();
    expect(contactAddress("name", "anna@example.com")).toBeNull();
  });
});

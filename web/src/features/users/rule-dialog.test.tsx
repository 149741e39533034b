import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { apiStatus, field } from "@/test/fields";
import { renderIn } from "@/test/render";
import { RuleDialog, ruleProblem } from "./rule-dialog";

const balance = field("token_balance", "integer");

/** Answers as the server does: a rule as text and tree, how many users it finds, what is wrong with it. */
function serve(): { bodies: unknown[] } {
  const bodies: unknown[] = [];
  vi.stubGlobal(
    "fetch",
    vi.fn(async (address: string, init?: RequestInit) => {
      if (String(address).includes("/users/count")) {
        const filter = new URL(String(address), "http://x").searchParams.get("filter");
        return Response.json({ count: filter === null ? 100 : 7, took_ms: 1 });
      }
      const body = JSON.parse(String(init?.body));
      bodies.push(body);
      if (typeof body.rule === "string" && body.rule.includes("balanse")) {
        const error = { pointer: "/rule", detail: "there is no field", position: { start: 0, end: 7 } };
        return Response.json(
          { status: 422, code: "rule", detail: "there is no field", errors: [error] },
          { status: 422, headers: { "content-type": "application/problem+json" } },
        );
      }
      return Response.json({
        rule: "token_balance > 5",
        tree: { field: "token_balance", operator: "more_than", value: 5 },
        fields: ["token_balance"],
      });
    }),
  );
  return { bodies };
}

afterEach(() => vi.unstubAllGlobals());

describe("the rule of the list", () => {
  // spec: W10
  it("goes from text to the builder and is applied in the server's words", async () => {
    const { bodies } = serve();
    const onApply = vi.fn();
    await renderIn(
      "ru",
      <RuleDialog
        open
        onOpenChange={() => undefined}
        workspace="replies"
        fields={[balance, apiStatus]}
        rule={undefined}
        tree={null}
        filter={{}}
        onApply={onApply}
      />,
    );
    expect(await screen.findByText("Подходят 100 пользователей")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Текст" }));
    const text = screen.getByRole("textbox", { name: "Правило текстом" });
    expect(text).toHaveFocus();

    fireEvent.change(text, { target: { value: "balanse > 5" } });
    expect(await screen.findByRole("alert")).toHaveTextContent("there is no field");
    expect(screen.getByRole("button", { name: "Применить" })).toBeDisabled();

    fireEvent.change(text, { target: { value: "token_balance  > 5" } });
    expect(await screen.findByText("Подходят 7 пользователей")).toBeInTheDocument();
    expect(bodies.at(-1)).toEqual({ rule: "token_balance  > 5" });

    const visual = screen.getByRole("button", { name: "Конструктор" });
    await waitFor(() => expect(visual).not.toHaveAttribute("aria-disabled", "true"));
    await userEvent.click(visual);
    expect(await screen.findByRole("spinbutton", { name: "Значение" })).toHaveValue(5);
    expect(screen.getByRole("combobox", { name: "Поле" })).toHaveValue("token_balance");
    await waitFor(() =>
      expect(bodies.at(-1)).toEqual({ tree: { field: "token_balance", operator: "more_than", value: 5 } }),
    );
    const apply = screen.getByRole("button", { name: "Применить" });
    await waitFor(() => expect(apply).toBeEnabled());
    await userEvent.click(apply);
    expect(onApply).toHaveBeenCalledWith("token_balance > 5");
  }, 30_000);

  it("marks the place of a mistake by characters, not by UTF-16 units", () => {
    const problem = new Problem(422, {
      errors: [{ pointer: "/rule", detail: "wrong", position: { start: 3, end: 4 }, suggestion: "x" }],
    });
    expect(ruleProblem(problem, "😀😀=y")).toEqual({ message: "wrong", position: 5, suggestion: "x" });
    expect(ruleProblem(null, "")).toBeNull();
  });
});

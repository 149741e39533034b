import { describe, expect, it } from "vitest";
import { apiStatus, field } from "@/test/fields";
import { renderIn } from "@/test/render";
import type { RuleTree } from "./tree";
import { useRuleText } from "./words";

const fields = [
  apiStatus,
  field("Баланс", "integer"),
  field("Расход", "number"),
  field("Оплачено", "money", { currency: "RUB" }),
  field("Доля", "percent"),
  field("Аналитик", "boolean"),
  field("Ответ", "timestamp"),
  field("Имя", "text"),
];

function Words({ tree }: { tree: RuleTree }) {
  return useRuleText(fields)(tree);
}

async function words(tree: RuleTree): Promise<string> {
  const { container, unmount } = await renderIn("ru", <Words tree={tree} />);
  const text = (container.textContent ?? "").replace(/[\u00a0\u202f]/g, " ");
  unmount();
  return text;
}

describe("a rule in words", () => {
  // spec: W11
  it.each<[RuleTree, string]>([
    [{ field: "wb_api_status", operator: "is", value: "error_401" }, "Статус API WB: Ошибка 401"],
    [
      { field: "wb_api_status", operator: "in", value: ["error_401", "not_connected"] },
      "Статус API WB: Ошибка 401, Не подключён",
    ],
    [{ field: "wb_api_status", operator: "not_in", value: ["error_401"] }, "Статус API WB: ни одно из Ошибка 401"],
    [{ field: "Оплачено", operator: "at_least", value: 1490.5 }, "Оплачено ≥ 1 490,50 ₽"],
    [{ field: "Доля", operator: "less_than", value: 12.5 }, "Доля < 12,5 %"],
    [{ field: "Аналитик", operator: "is", value: false }, "Аналитик: Нет"],
    [{ field: "Ответ", operator: "within_last", value: "7d" }, "Ответ: за последние 7 дней"],
    [{ field: "Ответ", operator: "longer_ago_than", value: "3d" }, "Ответ: более 3 дней назад"],
    [{ field: "Ответ", operator: "longer_ago_than", value: "1w" }, "Ответ: более 1 недели назад"],
    [{ field: "Ответ", operator: "is_not_set" }, "Ответ: неизвестно"],
    [{ field: "Имя", operator: "contains", value: "анна" }, "Имя: содержит анна"],
    [{ not: { field: "Баланс", operator: "more_than", value: 1 } }, "неверно, что (Баланс > 1)"],
    [
      {
        all: [
          { field: "Баланс", operator: "more_than", value: 0 },
          {
            any: [
              { field: "Расход", operator: "is", value: 0 },
              { field: "Ответ", operator: "is_not_set" },
            ],
          },
          { expression: "days(now - x) > 30" },
        ],
      },
      "Баланс > 0 и (Расход = 0 или Ответ: неизвестно) и days(now - x) > 30",
    ],
  ])("%o", async (tree, expected) => {
    expect(await words(tree)).toBe(expected);
  });
});

import { readFile } from "node:fs/promises";
import { sendSellers } from "../support/sellers";
import { expect, expectAccessible, test } from "../support/test";

const search = "ID, name, e-mail, phone, Telegram";

test.beforeEach(async ({ page, instance }) => {
  await sendSellers(instance, [
    { id: "list-1", name: "Lista Alpha", api: "error_401", tokens: 10 },
    { id: "list-2", name: "Lista Beta", api: "connected_ok", tokens: 20 },
    { id: "list-3", name: "Lista Gamma", tokens: 30 },
  ]);
  await expect(async () => {
    await page.goto("/replies/users?q=Lista&sort=name");
    await expect(page.getByRole("row", { name: /Lista Alpha/ })).toContainText("Error 401", { timeout: 1_000 });
    await expect(page.getByRole("row", { name: /Lista/ })).toHaveCount(3, { timeout: 1_000 });
  }).toPass();
});

// spec: W01, W10, W11
test("a list is found, filtered by a chip and by an alert, and its address shows the same list", async ({ page }) => {
  await page.goto("/replies/users");
  // Keys do nothing before the page is there.
  await expect(page.getByRole("searchbox", { name: search })).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: search })).toBeFocused();
  await page.keyboard.type("lista");
  await expect(page).toHaveURL(/q=lista/);
  await expect(page.getByRole("row", { name: /Lista/ })).toHaveCount(3);
  await expect(page.getByText("3 of 3 loaded")).toBeVisible();

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("button", { name: "WB API status", exact: true }).click();
  await page.getByRole("combobox", { name: "Value" }).fill("Conn");
  await page.getByRole("option", { name: "Connected", exact: true }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("button", { name: "WB API status: Connected", exact: true })).toBeVisible();
  await expect(page.getByRole("row", { name: /Lista/ })).toHaveCount(1);
  const filtered = page.url();
  expect(decodeURIComponent(filtered)).toContain("wb_api_status");

  await page.getByRole("button", { name: "Clear all" }).click();
  await page.getByRole("button", { name: /^API error/ }).click();
  await expect(page).toHaveURL(/alert=api_error/);
  await expect(page.getByRole("row", { name: /Lista Alpha/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Lista Beta/ })).toHaveCount(0);

  await page.goto(filtered);
  await expect(page.getByRole("row", { name: /Lista Beta/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Lista/ })).toHaveCount(1);
});

test.describe("a rule with a mistake", () => {
  test.use({ mayRefuse: ["/rules/check"] });

  // spec: W10
  test("is read as text, corrected where it is wrong, built on and applied", async ({ page }) => {
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("button", { name: "Build a rule…" }).click();
    const dialog = page.getByRole("dialog", { name: "Filter by a rule" });
    await dialog.getByRole("button", { name: "Text" }).click();
    const text = dialog.getByRole("textbox", { name: "Rule as text" });
    await expect(text).toBeFocused();
    await text.fill("token_balanse >= 20");
    await expect(dialog.getByRole("alert")).toContainText("^");
    await expect(dialog.getByRole("button", { name: "Apply" })).toBeDisabled();
    await text.fill("token_balance >= 20");
    await expect(dialog.getByText("2 users match")).toBeVisible();
    await dialog.getByRole("button", { name: "Builder" }).click();
    await expect(dialog.getByRole("combobox", { name: "Comparison" })).toContainText("is at least");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Apply" }).click();
    await expect(page.getByRole("button", { name: "Token balance ≥ 20", exact: true })).toBeVisible();
    await expect(page.getByRole("row", { name: /Lista/ })).toHaveCount(2);
  });
});

// spec: W13
test("what is seen is exported, in the visible columns", async ({ page }) => {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page
      .getByRole("button", { name: "Export" })
      .click()
      .then(() => page.getByRole("menuitem", { name: /CSV/ }).click()),
  ]);
  const text = await readFile(await download.path(), "utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  const [head = "", ...lines] = text.slice(1).trimEnd().split(/\r\n/);
  for (const column of ["WB API status", "Mean tokens per day", "% of Vision usage", "AI-analyst subscription"]) {
    expect(head).toContain(column);
  }
  expect(lines).toHaveLength(3);
});

// spec: W01
test("columns, order and sort are saved as a view, and a deleted view comes back", async ({ page }) => {
  await page.getByRole("columnheader", { name: "Token balance" }).getByRole("button").click();
  await expect(page).toHaveURL(/sort=token_balance/);
  await expect(page.getByRole("row", { name: /Lista/ }).first()).toContainText("Lista Alpha");
  await page.getByRole("columnheader", { name: "Token balance" }).getByRole("button").click();
  await expect(page).toHaveURL(/sort=-token_balance/);
  await expect(page.getByRole("row", { name: /Lista/ }).first()).toContainText("Lista Gamma");

  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: "Save as a view…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Richest Listas");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("button", { name: "Saved views" })).toContainText("Richest Listas");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: "Delete the view" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: "Richest Listas" }).click();
  await expect(page).toHaveURL(/sort=-token_balance/);
});

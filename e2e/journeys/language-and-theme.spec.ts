import { sendSellers } from "../support/sellers";
import { expect, test } from "../support/test";

// spec: W10
test("the panel speaks three languages and has two themes, and remembers both", async ({ page, instance }) => {
  await sendSellers(instance, [{ id: "speaks-1", name: "Speaks One" }]);
  await page.goto("/replies/users");
  const menu = () => page.getByRole("button", { name: /^Anna Boss/ });
  await menu().click();
  await page.getByRole("menuitemradio", { name: "Русский" }).click();
  await expect(page.getByRole("heading", { name: "Пользователи", level: 1 })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Статус API" })).toBeAttached();
  await expect(page.getByRole("columnheader", { name: "Расход/день" })).toBeAttached();
  await menu().click();
  await page.getByRole("menuitemradio", { name: "Тёмная" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Пользователи", level: 1 })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await menu().click();
  await page.getByRole("menuitemradio", { name: "Oʻzbekcha" }).click();
  await expect(page.getByRole("heading", { name: "Foydalanuvchilar", level: 1 })).toBeVisible();
  await menu().click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "Users", level: 1 })).toBeVisible();
});

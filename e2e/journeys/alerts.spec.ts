import { sendCheck, sendSellers } from "../support/sellers";
import { expect, expectAccessible, test } from "../support/test";

// spec: W11, W15
test("whoever enters an alert is listed with since when, and whoever leaves it is remembered", async ({
  page,
  instance,
}) => {
  await sendSellers(instance, [{ id: "alarm-1", name: "Alarma One", api: "error_401" }]);
  await expect(async () => {
    await page.goto("/replies/alerts/api_error");
    await expect(page.getByRole("row", { name: /Alarma One/ })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(page.getByText("WB API status: Error 401")).toBeVisible();
  await expectAccessible(page);

  await sendCheck(instance, "alarm-1", "connected_ok");
  await expect(async () => {
    await page.goto("/replies/alerts/api_error?state=left");
    await expect(page.getByRole("row", { name: /Alarma One/ })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.getByRole("row", { name: /Alarma One/ }).click();
  await expect(page).toHaveURL(/\/users\/alarm-1\?tab=alerts/);
  await expect(page.getByRole("heading", { name: "Left again" })).toBeVisible();
});

test.describe("an address with a mistake", () => {
  test.use({ mayRefuse: ["/channels"] });

  // spec: W15
  test("is corrected, and the alert is sent there from then on", async ({ page }) => {
    await page.goto("/replies/alerts/zero_usage");
    const address = page.getByRole("textbox", { name: "Address" });
    await address.fill("nobody");
    await page.getByRole("checkbox", { name: "E-mail" }).check();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("This is no e-mail address.")).toBeVisible();
    await address.fill("staff@example.test");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await page.reload();
    await expect(address).toHaveValue("staff@example.test");
  });
});

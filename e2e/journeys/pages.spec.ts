import { expect, expectAccessible, test } from "../support/test";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    // A dozen pages, each looked at by axe, on a machine that may be busy with other tests.
    test.describe.configure({ timeout: 180_000 });

    test("every page of the navigation opens quietly and is accessible", async ({ page }) => {
      await page.goto("/replies");
      const links = page.getByRole("navigation").getByRole("link");
      await expect(links.first()).toBeVisible();
      const addresses = await links.evaluateAll((found) => found.map((link) => link.getAttribute("href") ?? ""));
      expect(addresses.length).toBeGreaterThan(5);
      for (const address of [...new Set(addresses), "/profile"]) {
        await test.step(address, async () => {
          await page.goto(address);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
          await expectAccessible(page);
        });
      }
    });
  });
}

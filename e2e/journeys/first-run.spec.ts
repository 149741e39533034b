import { Instance } from "../support/instance";
import { expect, firstRun, person, test } from "../support/test";

test.use({ storageState: { cookies: [], origins: [] } });

// spec: B004
test("the link in the console makes the first person, who can log in again", async ({ page }) => {
  const fresh = await Instance.start();
  await firstRun(page, fresh);
  // Leaves the page first: what it still fetches would be refused without the cookie.
  await page.goto("about:blank");
  await page.context().clearCookies();
  await page.goto(`${fresh.url}/login`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(`${fresh.url}/replies`);
  // What the page still fetches is not cut off by the end of its server.
  await page.close();
  await fresh.stop();
});

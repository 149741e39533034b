import { expect, expectAccessible, test } from "../support/test";

test("a key is made, shown once, sends an event that the debugger shows, and is refused once revoked", async ({
  page,
  instance,
}) => {
  await page.goto("/replies/settings/keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Landing page");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await expect(dialog.getByText("Shown only now")).toBeVisible();
  await expectAccessible(page);
  const key = (await dialog.getByRole("region", { name: "Key", exact: true }).innerText()).trim();
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await expect(page.getByText(key)).toHaveCount(0);

  const send = () =>
    fetch(`${instance.url}/api/v1/replies/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify([{ event: "pricing_opened", user_id: "visitor-1" }]),
    });
  expect((await send()).status).toBe(200);
  await page.goto("/replies/debugger");
  await expect(page.getByRole("row", { name: /pricing_opened/ })).toBeVisible();

  await page.goto("/replies/settings/keys");
  const row = page.getByRole("row", { name: /Landing page/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("Landing page");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row.getByText("Revoked")).toBeVisible();
  expect((await send()).status).toBe(401);
});

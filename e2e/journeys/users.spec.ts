import { expect, test } from "../support/test";

// spec: W01, W11
test("what the product sends becomes a row with its alert while the page is open", async ({ page, instance }) => {
  await page.goto("/replies/users");
  await instance.send("secret", "/api/v1/replies/records/user", [
    { id: "7", name: "Ёлкина Анна", email: "elkina@example.test", traits: { token_balance: 500 } },
  ]);
  await instance.send("secret", "/api/v1/replies/records/seller_cabinet", [
    { id: "c1", user_id: "7", marketplace: "wildberries" },
  ]);
  await instance.send("write", "/v1/track", {
    type: "track",
    userId: "7",
    event: "wb_api_checked",
    properties: { cabinet: "c1", status: "error_401" },
  });
  await expect(async () => {
    await page.reload();
    const row = page.getByRole("row", { name: /Ёлкина Анна/ });
    await expect(row).toBeVisible({ timeout: 1_000 });
    await expect(row.getByRole("img", { name: /API error/ })).toBeVisible({ timeout: 1_000 });
  }).toPass();
});

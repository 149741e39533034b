import { sendSellers } from "../support/sellers";
import { expect, expectAccessible, test } from "../support/test";

test.beforeEach(async ({ page, instance }) => {
  await sendSellers(instance, [
    { id: "detail-1", name: "Detalia One", api: "error_401", tokens: 5 },
    { id: "detail-2", name: "Detalia Two", api: "connected_ok" },
  ]);
  await instance.send("secret", "/api/v1/replies/records/payment", [
    {
      id: "detail-payment",
      user_id: "detail-1",
      amount: 149_000,
      currency: "RUB",
      status: "succeeded",
      paid_at: "2026-05-05T10:00:00Z",
    },
  ]);
  await instance.send("write", "/v1/track", {
    userId: "detail-1",
    messageId: "detail-answer",
    event: "response_generated",
    properties: { tokens: 120, used_vision: true },
  });
  await expect(async () => {
    await page.goto("/replies/users?q=Detalia&sort=name");
    await expect(page.getByRole("row", { name: /Detalia One/ })).toContainText("Error 401", { timeout: 1_000 });
    await expect(page.getByRole("row", { name: /Detalia One/ })).toContainText("100%", { timeout: 1_000 });
  }).toPass();
});

// spec: W12
test("details open beside the list, walk along it by keys and give the focus back", async ({ page }) => {
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const first = page.getByRole("dialog", { name: "Detalia One" });
  await expect(first).toBeVisible();
  await expect(page).toHaveURL(/user=detail-1/);
  await expect(first.getByRole("heading", { name: "SaaS metrics" })).toBeVisible();
  await expect(first.getByText("WB API last checked")).toBeVisible();
  await expect(first.getByText(/API error · since/)).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press("j");
  await expect(page.getByRole("dialog", { name: "Detalia Two" })).toBeVisible();
  await expect(page).toHaveURL(/user=detail-2/);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("row", { name: /Detalia Two/ })).toBeFocused();
});

// spec: W02
test("notes are written, edited, deleted and brought back", async ({ page }) => {
  await page.goto("/replies/users/detail-1?tab=notes");
  await page.getByRole("textbox", { name: "New note" }).fill("Call after three");
  await page.keyboard.press("Control+Enter");
  const note = page.getByRole("listitem").filter({ hasText: "Call after three" });
  await expect(note).toBeVisible();
  await expect(page.getByRole("textbox", { name: "New note" })).toHaveValue("");

  await note.getByRole("button", { name: "Edit the note" }).click();
  await expect(page.getByRole("textbox", { name: "Text of the note" })).toBeFocused();
  await page.keyboard.type(", not before");
  await page.keyboard.press("Control+Enter");
  const edited = page.getByRole("listitem").filter({ hasText: "Call after three, not before" });
  await expect(edited).toContainText("edited");

  await edited.getByRole("button", { name: "Delete the note" }).click();
  await expect(edited).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(edited).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    // spec: W02, W12
    test("every tab of a user opens quietly and is accessible", async ({ page }) => {
      await page.goto("/replies/users/detail-1");
      await expect(page.getByRole("heading", { name: "Detalia One", level: 1 })).toBeVisible();
      const seen: Record<string, string> = {
        Profile: "detail-1@example.test",
        Activity: "Answer generated",
        Payments: "Succeeded",
        Subscriptions: "No subscriptions",
        Cabinets: "wildberries",
        "Sessions and devices": "No sessions",
        Notes: "New note",
        Alerts: "In now",
      };
      for (const [tab, text] of Object.entries(seen)) {
        await test.step(tab, async () => {
          await page.getByRole("tab", { name: tab }).click();
          const panel = page.getByRole("tabpanel");
          await expect(text === "New note" ? panel.getByLabel(text) : panel.getByText(text).first()).toBeVisible();
          await expectAccessible(page);
        });
      }
    });
  });
}

import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, expect, type Page, test as base } from "@playwright/test";
import { Instance } from "./instance";

export const person = { name: "Anna Boss", email: "anna@kabinet.test", password: "a rather long sentence 7" };

interface Fixtures {
  /** Addresses whose refusal is what the journey is about: the browser reports each in the console. */
  mayRefuse: readonly string[];
  /** Fails the test when the page logs an error. */
  quiet: undefined;
}

interface WorkerFixtures {
  instance: Instance;
  /** The cookies of the first person, who may do everything. */
  session: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  instance: [
    // Playwright reads what a fixture needs from this pattern; it needs nothing.
    async ({}, use) => {
      const instance = await Instance.start();
      await use(instance);
      await instance.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  session: [
    async ({ browser, instance }, use) => {
      const context = await browser.newContext();
      await firstRun(await context.newPage(), instance);
      await use(await context.storageState());
      await context.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ instance }, use) => use(instance.url),
  storageState: async ({ session }, use) => use(session),
  mayRefuse: [[], { option: true }],
  quiet: [
    async ({ page, mayRefuse }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        const { url } = message.location();
        const meant = /status of 4\d\d/.test(message.text()) && mayRefuse.some((address) => url.endsWith(address));
        if (message.type() === "error" && !meant) errors.push(`${message.text()} ${url}`);
      });
      await use(undefined);
      expect(errors, "the console is quiet").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Follows the link from the console and becomes the first person. */
export async function firstRun(page: Page, instance: Instance): Promise<void> {
  await page.goto(instance.setupLink);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(`${instance.url}/replies`);
}

/** No accessibility rule of WCAG 2.2 A and AA that axe can check is broken. */
export async function expectAccessible(page: Page): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const told = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
  expect(told).toEqual([]);
}

// What a Node back end does with @segment/analytics-node: only host and key are Kabinet's.
//
// Environment: KABINET_URL, KABINET_KEY. Ends with status 1 when a call was not delivered.

import { Analytics } from "@segment/analytics-node";

const failures = [];
const analytics = new Analytics({ writeKey: process.env.KABINET_KEY, host: process.env.KABINET_URL });
analytics.on("error", (error) => failures.push(`${error.code}: ${error.reason?.message ?? error.reason}`));

const anHourAgo = new Date(Date.now() - 3_600_000);
const userId = "seller-1";
analytics.identify({ userId, traits: { name: "Анна Соколова", email: "anna@example.com", city: "Казань" } });
analytics.track({
  userId,
  event: "response_generated",
  properties: { tokens: 120, used_vision: true },
  timestamp: anHourAgo,
  messageId: "answer-1",
});
analytics.page({ userId, category: "Docs", name: "Pricing", properties: { url: "https://example.com/pricing" } });
analytics.screen({ userId, category: "Settings", name: "General" });
analytics.group({ userId, groupId: "shop-1", traits: { name: "Ромашка" } });
analytics.alias({ userId, previousId: "visitor-1" });
analytics.track({ anonymousId: "visitor-2", event: "opened", properties: { source: "mini app" } });
await analytics.closeAndFlush();

if (failures.length > 0) {
  console.error(`not delivered: ${failures.join("; ")}`);
  process.exit(1);
}

// What a Node back end does with @rudderstack/rudder-sdk-node: only host and key are Kabinet's.
//
// Environment: KABINET_URL, KABINET_KEY; GZIP=0 leaves the bodies as they are, otherwise they are packed as is the
// library's default. Ends with status 1 when a call was not delivered.

import RudderAnalytics from "@rudderstack/rudder-sdk-node";

const failures = [];
const options = process.env.GZIP === "0" ? { gzip: false } : {};
const rudder = new RudderAnalytics(process.env.KABINET_KEY, { dataPlaneUrl: process.env.KABINET_URL, ...options });

const anHourAgo = new Date(Date.now() - 3_600_000);
const userId = "seller-1";
const delivered = (error) => error && failures.push(error.message);
rudder.identify({ userId, traits: { name: "Анна Соколова", email: "anna@example.com", city: "Казань" } }, delivered);
rudder.track(
  {
    userId,
    event: "response_generated",
    properties: { tokens: 120, used_vision: true },
    timestamp: anHourAgo,
    messageId: "answer-1",
  },
  delivered,
);
rudder.page(
  { userId, category: "Docs", name: "Pricing", properties: { url: "https://example.com/pricing" } },
  delivered,
);
rudder.screen({ userId, category: "Settings", name: "General" }, delivered);
rudder.group({ userId, groupId: "shop-1", traits: { name: "Ромашка" } }, delivered);
rudder.alias({ userId, previousId: "visitor-1" }, delivered);
rudder.track({ anonymousId: "visitor-2", event: "opened", properties: { source: "mini app" } }, delivered);
await rudder.flush().catch((error) => failures.push(error.message));

if (failures.length > 0) {
  console.error(`not delivered: ${failures.join("; ")}`);
  process.exit(1);
}

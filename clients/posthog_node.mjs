// What a Node back end does with posthog-node: only host and key are Kabinet's.
//
// Environment: KABINET_URL, KABINET_KEY. Ends with status 1 when a call was not delivered.

import { PostHog } from "posthog-node";

const failures = [];
const posthog = new PostHog(process.env.KABINET_KEY, { host: process.env.KABINET_URL });
posthog.on("error", (error) => failures.push(`${error.name}: ${error.message}`));

const anHourAgo = new Date(Date.now() - 3_600_000);
const distinctId = "seller-1";
posthog.identify({
  distinctId,
  properties: { name: "Анна Соколова", email: "anna@example.com", city: "Казань" },
});
posthog.capture({
  distinctId,
  event: "response_generated",
  properties: { tokens: 120, used_vision: true, $set: { email: "anna@example.com", shop: "Ромашка" } },
  timestamp: anHourAgo,
  uuid: "0190c0de-0000-7000-8000-000000000001",
});
posthog.capture({
  distinctId,
  event: "$pageview",
  properties: { $current_url: "https://example.com/pricing" },
});
posthog.capture({ distinctId, event: "$screen", properties: { $screen_name: "General" } });
posthog.groupIdentify({ groupType: "company", groupKey: "shop-1", properties: { name: "Ромашка" } });
posthog.alias({ distinctId, alias: "visitor-1" });
posthog.capture({
  distinctId: "visitor-2",
  event: "opened",
  properties: { source: "mini app", $process_person_profile: false },
});
posthog.captureException(new Error("division by zero"), distinctId);
const flags = await posthog.evaluateFlags(distinctId, { flagKeys: ["beta"] });
if (flags.isEnabled("beta")) {
  failures.push("a flag that does not exist is on");
}
await posthog.shutdown();

if (failures.length > 0) {
  console.error(`not delivered: ${failures.join("; ")}`);
  process.exit(1);
}

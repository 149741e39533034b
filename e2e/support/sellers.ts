import type { Instance } from "./instance";

export interface Seller {
  id: string;
  name: string;
  /** What the last check of the WB API key said; no cabinet when left out. */
  api?: "connected_ok" | "error_401";
  tokens?: number;
}

/** Sends sellers as the product does: users and cabinets as records, checks of their keys as events. */
export async function sendSellers(instance: Instance, sellers: readonly Seller[]): Promise<void> {
  await instance.send(
    "secret",
    "/api/v1/replies/records/user",
    sellers.map(({ id, name, tokens }) => ({
      id,
      name,
      email: `${id}@example.test`,
      registered_at: "2026-01-10T08:00:00Z",
      traits: { token_balance: tokens ?? 0 },
    })),
  );
  const connected = sellers.filter((seller) => seller.api !== undefined);
  if (connected.length === 0) return;
  await instance.send(
    "secret",
    "/api/v1/replies/records/seller_cabinet",
    connected.map(({ id }) => ({ id: `cabinet-${id}`, user_id: id, marketplace: "wildberries" })),
  );
  for (const seller of connected) await sendCheck(instance, seller.id, seller.api ?? "connected_ok");
}

/** The product checked the key of the seller's cabinet. */
export function sendCheck(instance: Instance, id: string, status: "connected_ok" | "error_401"): Promise<void> {
  return instance.send("write", "/v1/track", {
    userId: id,
    event: "wb_api_checked",
    properties: { cabinet: `cabinet-${id}`, status },
  });
}

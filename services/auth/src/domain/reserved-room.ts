import type { ReservedRoom } from "@sluice/contracts/reserved-room";
import type { QuotaUnit } from "@sluice/quota/quota-policy";
import type { RequestLimit } from "./limits-of-request.ts";

const members: { readonly [unit in QuotaUnit]?: "outputTokens" | "totalTokens" | "costNanoUsd" } = {
  output_tokens: "outputTokens",
  total_tokens: "totalTokens",
  cost_nano_usd: "costNanoUsd",
};

/**
 * What was reserved of what grows with a reply; undefined where none of that is limited. Shadow limits are in it: what
 * they would have cut off is reported.
 * @param failsOpen whether a stream goes on while its limits can't be asked
 */
export function reservedRoom(
  limits: readonly Pick<RequestLimit, "unit" | "amount">[],
  failsOpen: boolean,
): ReservedRoom | undefined {
  const room: ReservedRoom = { failure: failsOpen ? "open" : "closed" };
  let isLimited = false;
  for (const { unit, amount } of limits) {
    const member = members[unit];
    if (member === undefined) continue;
    isLimited = true;
    // Of one request all limits of a unit reserve the same, but where a shadow limit knows no price.
    room[member] = Math.max(room[member] ?? 0, amount);
  }
  return isLimited ? room : undefined;
}

import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Limit } from "../quota.ts";
import { checkInteger } from "./check-integer.ts";
import { type CompiledPolicy, compilePolicy, counterKinds } from "./compiled-policy.ts";

/** A limit with its policy worked out. */
export type CompiledLimit = { limit: Limit; policy: CompiledPolicy };

/** @throws {SluiceError} `internal`, when policy or amount is wrong, or the unit does not fit the window */
export function compileLimit(limit: Limit): CompiledLimit {
  const policy = compilePolicy(limit.policy, limit.id);
  checkInteger(limit.amount, 0, `The amount of the limit ${limit.id}`);
  const concurrent = policy.kind === counterKinds.concurrent;
  if (concurrent !== (limit.unit === "concurrent_calls"))
    throw new SluiceError(
      "internal",
      `The limit ${limit.id} counts ${limit.unit}: a concurrent window is for concurrent_calls, and they for no other.`,
    );
  return { limit, policy };
}

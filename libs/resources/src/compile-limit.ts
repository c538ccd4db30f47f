import type { QuotaWindow } from "@sluice/quota/quota-policy";
import type { CompiledLimit } from "./compiled-limit.ts";
import { usualComplexity } from "./complexity.ts";
import type { LimitSpec } from "./kinds/limit.ts";
import { limitAmount } from "./limit-amount.ts";
import { qualifiedName, type Resource } from "./resource.ts";

/** @param owner whose limits they are, as answers and logs name it: a policy, `Consumer name`, `key name` */
export function compileLimits(owner: string, limits: readonly LimitSpec[]): CompiledLimit[] {
  return limits.map((limit, position) => ({
    name: `${owner}/${limit.name ?? position}`,
    unit: limitAmount(limit).unit,
    policy: {
      window: windowOf(limit),
      ...(limit.mode === "shadow" ? { mode: limit.mode } : {}),
      ...(limit.warnAt === undefined ? {} : { warnAt: limit.warnAt }),
    },
    per: limit.per,
    ...(limit.complexity === undefined ? {} : { formula: limit.of ?? usualComplexity }),
    ...(limit.each === undefined ? {} : { each: limit.each }),
    failure: limit.failure,
  }));
}

export function limitsOfPolicy({ metadata, spec }: Resource<"AIPolicy">): CompiledLimit[] {
  return compileLimits(qualifiedName(metadata), spec.limits);
}

function windowOf(limit: LimitSpec): QuotaWindow {
  const { interval, burst, calendar, timeZone } = limit;
  const { amount, refill } = limitAmount(limit);
  if (calendar !== undefined) {
    return {
      kind: "calendar",
      limit: amount,
      period: calendar,
      ...(timeZone === undefined ? {} : { timeZone }),
    };
  }
  if (limit.each !== undefined) return { kind: "rolling", limit: amount, intervalMs: 1 };
  if (interval === undefined) return { kind: "concurrent", limit: amount };
  if (burst !== undefined) return { kind: "token_bucket", capacity: amount, refill, intervalMs: interval };
  return { kind: "rolling", limit: amount, intervalMs: interval };
}

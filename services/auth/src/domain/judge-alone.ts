import type { QuotaWarning } from "@sluice/quota/quota";
import { isShadow } from "@sluice/resources/compiled-limit";
import type { RequestLimit } from "./limits-of-request.ts";

export interface AloneOutcome {
  warnings: QuotaWarning[];
  /** The first that it is too large for. */
  refusedBy: string | undefined;
}

/** Judges a request by limits of what one may use by itself. */
export function judgeAlone(limits: readonly RequestLimit[]): AloneOutcome {
  const outcome: AloneOutcome = { warnings: [], refusedBy: undefined };
  for (const { id, amount, compiled } of limits) {
    const { window, warnAt } = compiled.policy;
    const limit = window.kind === "token_bucket" ? window.capacity : window.limit;
    const usedFraction = amount / limit;
    if (warnAt !== undefined && usedFraction >= warnAt)
      outcome.warnings.push({ id, reason: "near_limit", usedFraction });
    if (amount <= limit) continue;
    if (isShadow(compiled)) outcome.warnings.push({ id, reason: "would_refuse", usedFraction });
    else outcome.refusedBy ??= id;
  }
  return outcome;
}

import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { costOf } from "@sluice/pricing/cost";
import type { Snapshot } from "@sluice/resources/snapshot";
import { estimateUsage, usualOutputTokens } from "../domain/estimated-usage.ts";
import type { TargetMeasures } from "../domain/target-order.ts";
import type { RouterParts } from "../router-parts.ts";

interface MeasuredRequest {
  parts: Pick<RouterParts, "loads" | "prices">;
  snapshot: Snapshot;
  envelope: IdentifiedEnvelope;
  /** Text of the client's body. */
  body: string;
}

/** What the targets of one request are compared by; nothing is computed before it is asked for. */
export function measureTargets({
  parts: { loads, prices },
  snapshot,
  envelope,
  body,
}: MeasuredRequest): TargetMeasures {
  const { stream, operation, maxOutputTokens = usualOutputTokens } = envelope;
  const outputTokens = operation === "chat" ? Math.min(maxOutputTokens, usualOutputTokens) : 0;
  return {
    expectedMs: (target) => loads.of(target).expectedMs({ stream, outputTokens }, performance.now()),
    openCalls: (target) => loads.of(target).open,
    costNanoUsd: ({ backendName, backend, providerModel }) => {
      const usage = estimateUsage(envelope, body);
      const price = prices.find(snapshot, {
        backend: backendName,
        provider: backend.provider,
        model: providerModel,
        atMs: Date.now(),
        inputTokens: usage.inputTokens,
      });
      return price && costOf(usage, price, operation);
    },
  };
}

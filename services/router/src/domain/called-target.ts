import type { ForwardTarget, ModelTarget } from "@sluice/resources/find-target";

/** As much of a target as the book-keeping of a call needs. */
export interface CalledTarget {
  /** What metrics call it. */
  label: string;
  /** Backend or upstream. */
  backendName: string;
  /** As the ledger names it. */
  provider: string;
  /** Model as the provider is asked for it. */
  providerModel: string;
  /** One call from its start to its end. */
  totalMs: number;
}

/** What a target is called and booked as. */
export function calledTarget(target: ModelTarget | ForwardTarget): CalledTarget {
  const { label, backendName, providerModel } = target;
  const { provider, timeouts } = target.type === "model" ? target.backend : target.upstream;
  return { label, backendName, provider, providerModel, totalMs: timeouts.totalMs };
}

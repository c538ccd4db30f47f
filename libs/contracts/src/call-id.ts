/**
 * One provider call: which request, which of the ingress's sendings of it, which of the router's calls within
 * that sending. The three together are the identity of a ledger entry.
 */
export interface CallKey {
  requestId: string;
  delivery: number;
  attempt: number;
}

/**
 * Header by which a provider is told our name of a call, so that its statement can be matched with the ledger even
 * where its reply never arrived. The name is OpenAI's; the other providers let it through.
 */
export const clientRequestIdHeader = "x-client-request-id";

/** A call's name in one text: `<request id>.<delivery>.<attempt>`. */
export function writeCallId({ requestId, delivery, attempt }: CallKey): string {
  return `${requestId}.${delivery}.${attempt}`;
}

/** Takes a {@link writeCallId} apart; undefined for any other text. */
export function parseCallId(text: string): CallKey | undefined {
  const found = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,2})\.([1-9]\d{0,5})$/.exec(text);
  if (found?.[1] === undefined) return undefined;
  return { requestId: found[1], delivery: Number(found[2]), attempt: Number(found[3]) };
}

import type { HeadFrame } from "@sluice/contracts/frames";
import type { ErrorReport } from "@sluice/contracts/sluice-error";

/** What a provider says of its own limits, which are not the client's. */
const providersOwn = /^(x|anthropic)-ratelimit-/;

/** A head with what is said of the limits of the request, in place of what the provider says of its own. */
export function withLimitHeaders(head: HeadFrame, limitHeaders: Readonly<Record<string, string>>): HeadFrame {
  const others = Object.entries(head.headers).filter(([name]) => !providersOwn.test(name));
  return { ...head, headers: { ...Object.fromEntries(others), ...limitHeaders } };
}

/** The same for an error. */
export function errorWithLimitHeaders(
  report: ErrorReport,
  limitHeaders: Readonly<Record<string, string>>,
): ErrorReport {
  return { ...report, headers: { ...limitHeaders, ...report.headers } };
}

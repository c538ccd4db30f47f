import type { DialectName } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import { matchEndpoint } from "@sluice/dialects/endpoint";
import type { Target } from "@sluice/resources/find-target";

/** How the bodies of a request and its reply are to be read: in a dialect, or as whatever their content type says. */
export type BodyForm = { dialect: DialectName } | "any";

/**
 * A forwarded request is read in a dialect where its destination's path is one of that dialect's endpoints; all others
 * of the routes are in a form that nobody here knows, and so are those that are rewritten behind the guard.
 */
export function bodyFormOf({ operation, forwarded, dialect }: Envelope, target: Target): BodyForm {
  if (operation !== "http" || forwarded === undefined) return { dialect };
  const ownPath = target.type === "http" ? target.upstream.path : undefined;
  const url = URL.parse(`http://destination${ownPath ?? forwarded.path}`);
  if (url === null || target.route?.transformation !== undefined) return "any";
  const match = matchEndpoint(forwarded.method, url.pathname, url.searchParams, {});
  return match === undefined || match.endpoint.operation === "models"
    ? "any"
    : { dialect: match.endpoint.dialect };
}

/** Character sets in which the bytes of ASCII stand for ASCII; in others a text would be read as another one. */
const readableCharset = /^(utf-?8|(us-)?ascii|latin1|iso-8859-\d+|windows-125\d)$/i;

/** Whether a content type is JSON, another text, or something that can't be looked into. Nothing said means JSON. */
export function textualForm(contentType: string | undefined): "json" | "text" | "opaque" {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType ?? "")?.[1];
  if (charset !== undefined && !readableCharset.test(charset)) return "opaque";
  const mediaType = (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return "json";
  const isText =
    mediaType.startsWith("text/") || /^application\/(xml|x-www-form-urlencoded)$|\+xml$/.test(mediaType);
  return isText ? "text" : "opaque";
}

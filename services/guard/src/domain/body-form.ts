import type { DialectName } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import { callsModel, matchEndpoint } from "@sluice/dialects/endpoint";
import type { Target } from "@sluice/resources/find-target";

/** How the bodies of a request and its reply are to be read: in a dialect, or as whatever their content type says. */
export type BodyForm = ({ dialect: DialectName } & Pick<Envelope, "stream" | "streamFraming">) | "any";

/**
 * A forwarded request is read in a dialect where its destination's path is one of that dialect's endpoints; all others
 * of the routes are in a form that nobody here knows, and so are those that are rewritten behind the guard.
 */
export function bodyFormOf(envelope: Envelope, target: Target): BodyForm {
  const { operation, forwarded, dialect, stream, streamFraming } = envelope;
  if (operation !== "http" || forwarded === undefined) return { dialect, stream, streamFraming };
  const ownPath = target.type === "http" ? target.upstream.path : undefined;
  const url = URL.parse(`http://destination${ownPath ?? forwarded.path}`);
  if (url === null || target.route?.transformation !== undefined) return "any";
  const match = matchEndpoint(forwarded.method, url.pathname, url.searchParams, {});
  if (match === undefined || !callsModel(match.endpoint)) return "any";
  const { endpoint } = match;
  return {
    dialect: endpoint.dialect,
    // What the body says of it matters to no form.
    stream: endpoint.stream ?? false,
    streamFraming: endpoint.streamFraming,
  };
}

/** Character sets in which the bytes of ASCII stand for ASCII; in others a text would be read as another one. */
const readableCharset = /^(utf-?8|(us-)?ascii|latin1|iso-8859-\d+|windows-125\d)$/i;

/** What the content type of a body that is looked into says it is. */
export type TextualForm = "json" | "xml" | "text";

/** Texts in which a value stands as it is; in forms and HTML it may be written with escapes. */
const plainTexts = /^text\/(plain|markdown|csv)$/;

/** Whether a content type is JSON, XML, a plain text, or something that can't be looked into. Nothing said means JSON. */
export function textualForm(contentType: string | undefined): TextualForm | "opaque" {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType ?? "")?.[1];
  if (charset !== undefined && !readableCharset.test(charset)) return "opaque";
  const mediaType = (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return "json";
  if (isXmlType(mediaType)) return "xml";
  return plainTexts.test(mediaType) ? "text" : "opaque";
}

/** Whether a media type without parameters is XML. HTML with its syntax is what it says, too. */
export function isXmlType(mediaType: string): boolean {
  return mediaType === "application/xml" || mediaType === "text/xml" || mediaType.endsWith("+xml");
}

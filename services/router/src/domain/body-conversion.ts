import { isUtf8 } from "node:buffer";
import type { RequestChanges } from "@sluice/resources/message-changes";
import { jsonToXml } from "@sluice/xml/json-to-xml";
import { XmlError } from "@sluice/xml/xml-error";
import { xmlToJson } from "@sluice/xml/xml-to-json";
import { RewritingError } from "./rewriting-error.ts";

export type BodyChanges = NonNullable<RequestChanges["body"]>;

/** A body in another format. */
interface ConvertedBody {
  body: string;
  contentType: string;
}

const xmlType = /^[\w.+-]+\/([\w.+-]+\+)?xml\b/i;
/** Character sets whose texts are read as UTF-8. */
const readCharset = /^(utf-?8|(us-)?ascii)$/i;

/** Whether a content type says that a body is XML. */
export function isXmlType(contentType: string | undefined): boolean {
  return xmlType.test(contentType ?? "");
}

/** @throws RewritingError */
export function convertedToXml(body: string, { xml }: BodyChanges): ConvertedBody {
  const converted = orRewritingError("JSON", () => jsonToXml(body, { root: xml?.root }));
  return { body: converted, contentType: "application/xml; charset=utf-8" };
}

/** @throws RewritingError for what is no XML, or does not say that it is */
export function convertedToJson(
  body: string,
  contentType: string | undefined,
  { xml }: BodyChanges,
): ConvertedBody {
  if (!isXmlType(contentType)) throw new RewritingError("the content type of its body is not that of XML");
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType ?? "")?.[1];
  if (charset !== undefined && !readCharset.test(charset)) {
    throw new RewritingError("its XML is in a character set other than UTF-8");
  }
  const options = { lists: xml?.lists ?? [], typed: xml?.values === "typed" };
  return { body: orRewritingError("XML", () => xmlToJson(body, options)), contentType: "application/json" };
}

/** @throws RewritingError for a body that can't be read as a text */
export function refuseUnreadable({
  "content-encoding": encoding = "identity",
}: Record<string, string>): void {
  if (encoding.toLowerCase() !== "identity") throw new RewritingError("its body is compressed");
}

/** @throws RewritingError for bytes of which a text would be made that says something else */
export function refuseOtherEncodings(body: BodyChanges | undefined, bytes: Uint8Array): void {
  if (body?.convert === undefined || isUtf8(bytes)) return;
  throw new RewritingError("its body is not in UTF-8");
}

function orRewritingError(format: string, convert: () => string): string {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new RewritingError(`its body can't be converted from ${format}: ${error.message}`, {
      cause: error,
    });
  }
}

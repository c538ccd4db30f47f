import {
  XmlError as ParseError,
  parseXml,
  XmlDeclaration,
  type XmlDocument,
  XmlElement,
} from "@rgrove/parse-xml";
import { XmlError } from "../xml-error.ts";
import { notWellFormed, xmlTokens } from "./xml-lexer.ts";

/** Characters of a document that is read. */
export const maxXmlCharacters = 4 * 1024 * 1024;
/** Elements within each other. */
export const maxXmlDepth = 100;
/** Elements, attributes, references and all else that a document is made of; a parser takes its time for each. */
export const maxXmlPieces = 50_000;

/** Encodings whose bytes are read as UTF-8. */
const readEncodings = /^(utf-8|us-ascii)$/i;

/**
 * Parses a document: XML 1.0 without a document type, so that there is nothing that could be expanded or fetched.
 * @returns its root
 * @throws XmlError when it is not well-formed, too large or too deep, or says that it is in another encoding
 */
export function parseDocument(source: string): XmlElement {
  if (source.length > maxXmlCharacters) {
    throw new XmlError(`it is longer than ${maxXmlCharacters} characters`);
  }
  checkMeasure(source);
  const document = parse(source);
  const declaration = document.children.find((node) => node instanceof XmlDeclaration);
  if (typeof declaration?.encoding === "string" && !readEncodings.test(declaration.encoding)) {
    throw new XmlError("it says that it is in an encoding other than UTF-8");
  }
  const root = document.children.find((node) => node instanceof XmlElement);
  if (root === undefined) throw notWellFormed();
  return root;
}

/** Before it is parsed: the parser calls itself for each element within another one. */
function checkMeasure(source: string): void {
  let depth = 0;
  let pieces = countReferences(source);
  for (const token of xmlTokens(source)) {
    pieces++;
    if (token.type === "close") depth--;
    if (token.type === "open") {
      pieces += token.attributes.length;
      if (!token.isEmpty) depth++;
    }
    if (depth > maxXmlDepth) throw tooDeep();
    if (pieces > maxXmlPieces) throw tooManyPieces();
  }
}

function countReferences(source: string): number {
  let count = 0;
  for (let place = source.indexOf("&"); place !== -1; place = source.indexOf("&", place + 1)) count++;
  return count;
}

export function tooDeep(): XmlError {
  return new XmlError(`it is nested more than ${maxXmlDepth} deep`);
}

export function tooManyPieces(): XmlError {
  return new XmlError(`it is made of more than ${maxXmlPieces} pieces`);
}

function parse(source: string): XmlDocument {
  try {
    // Line ends as the parser would make them (XML 1.0, section 2.11), which takes it the square of their number.
    return parseXml(source.replaceAll(/\r\n?/g, "\n"), { preserveXmlDeclaration: true });
  } catch (error) {
    // Its message quotes the document.
    if (error instanceof ParseError) {
      throw new XmlError(`it is not well-formed at line ${error.line}, column ${error.column}`);
    }
    throw error;
  }
}

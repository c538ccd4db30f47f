const nameStart =
  ":A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}" +
  "\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";

/** Source of a pattern of names (XML 1.0, section 2.3), for expressions with the flag `u`. */
export const xmlNameSource = `[${nameStart}][${nameStart}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}]*`;

const wholeName = new RegExp(`^${xmlNameSource}$`, "u");

/** Whether a text may be the name of an element or an attribute. */
export function isXmlName(text: string): boolean {
  return wholeName.test(text);
}

/** A text is no XML that is read here, or no JSON that XML can be made of. The message holds nothing of its values. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

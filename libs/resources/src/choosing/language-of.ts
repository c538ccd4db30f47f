/** Characters that are looked at: the detector takes some 8 µs for each, and 300 of them tell as much as more. */
const sampleChars = 300;
/** Blocks of code and addresses: words of no language. */
const notProse = /```[\s\S]*?(?:```|$)|https?:\/\/\S+/g;

type Detector = (text: string) => string;
let loading: Promise<Detector> | undefined;

/** Loaded when it is first asked: most gateways never do. */
async function loadDetector(): Promise<Detector> {
  const { detect } = await import("tinyld/light");
  return detect;
}

/**
 * The language that a text is written in, by its beginning.
 * @returns its code of ISO 639-1, such as `de`; empty where it can't be told, as of very short texts
 */
export async function languageOf(text: string): Promise<string> {
  const sample = text
    .slice(0, 20 * sampleChars)
    .replaceAll(notProse, " ")
    .trim()
    .slice(0, sampleChars);
  if (sample === "") return "";
  loading ??= loadDetector();
  return (await loading)(sample);
}

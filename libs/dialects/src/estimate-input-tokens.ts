/** A run this long without a space or a bracket is an image or a file in base64. */
const longestWord = 1024;
const base64Run = new RegExp(`[A-Za-z0-9+/_-]{${longestWord},}={0,2}`, "g");

/**
 * What an image or a page of a document is taken for. Anthropic scales images down to about 1,570 tokens, OpenAI's
 * detailed ones cost 765 to 1,445, Gemini's 258 a tile.
 */
const tokensPerMedia = 1500;

/** CJK ideographs, kana, hangul, and the wide forms: scripts in which a character is about a token. */
const denseScript = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/u;

/** A cheap guess at the tokens of a text, by its script: see {@link estimateInputTokens}. Not rounded. */
export function tokensOfText(text: string): number {
  let ascii = 0;
  let dense = 0;
  let other = 0;
  for (const character of text) {
    if (character <= "\u007f") ascii += 1;
    else if (denseScript.test(character)) dense += 1;
    else other += 1;
  }
  return ascii / 4 + dense + other / 2;
}

/**
 * A cheap guess at the input tokens of a request, for reserving before the provider counts.
 *
 * Formula: OpenAI's rule of thumb of 4 characters a token for English and for the JSON around it
 * (help.openai.com, "What are tokens and how to count them?"); one token a character for Chinese, Japanese and
 * Korean; two characters a token for other scripts; 1,500 tokens for each long run of base64. Without a
 * sample: 4 bytes a token.
 *
 * @param bodyBytes size of the request's body.
 * @param sample the body, or its beginning; what is beyond it is taken to be like it.
 */
export function estimateInputTokens(bodyBytes: number, sample?: string): number {
  if (sample === undefined || sample === "") return Math.ceil(bodyBytes / 4);
  const sampleBytes = Buffer.byteLength(sample);
  // Nothing but ASCII, as most requests: no need to look at each character.
  if (sampleBytes === sample.length && (sample.length < longestWord || sample.search(base64Run) === -1)) {
    return Math.ceil(Math.max(bodyBytes, sampleBytes) / 4);
  }
  let mediaTokens = 0;
  const text = sample.replaceAll(base64Run, () => {
    mediaTokens += tokensPerMedia;
    return "";
  });
  const scale = Math.max(1, bodyBytes / sampleBytes);
  // A sample cut inside an image says nothing of the rest but that it is large; media is not scaled up.
  const textBytes = Buffer.byteLength(text);
  const textScale = textBytes === sampleBytes ? scale : 1;
  return Math.max(1, Math.ceil(tokensOfText(text) * textScale + mediaTokens));
}

/** An embeddings request that its provider takes. */
export interface EmbeddingsCall {
  model: string;
  /** Text of all inputs, where directives are looked for. */
  text: string;
  inputTokens: number;
  /** Makes the body of the reply. Without tokens it does not say what it cost. */
  replyBody(inputTokens: number | undefined): unknown;
}

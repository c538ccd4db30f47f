/** Longest source of a template, in UTF-16 units: 256 Ki. */
export const maxTemplateLength = 262_144;

/** What one render may take. The first limit that is reached ends it with a `TemplateRenderError`. */
export interface TemplateLimits {
  /** Texts, outputs and tags that are rendered, each once per turn of its loop. @default 100_000 */
  readonly maxSteps: number;
  /** Time on the clock, looked at before each step. @default 250 */
  readonly maxRenderMs: number;
  /** Length of the result, in UTF-16 units. @default 33_554_432 (32 Mi) */
  readonly maxOutputLength: number;
  /** What filters and `capture` read and make, in UTF-16 units and elements of lists. @default 8_388_608 (8 Mi) */
  readonly maxFilterLength: number;
}

export const defaultTemplateLimits: TemplateLimits = {
  maxSteps: 100_000,
  maxRenderMs: 250,
  maxOutputLength: 33_554_432,
  maxFilterLength: 8_388_608,
};

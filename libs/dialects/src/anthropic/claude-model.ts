/**
 * What a Claude model takes, told by its name. Anthropic changed the API with its models and not only
 * with its versions. A name that tells no generation is taken for the newest.
 */
export interface ClaudeModel {
  /** `thinking.type: "adaptive"` with `output_config.effort`; older ones know only `budget_tokens`. */
  thinksAdaptively: boolean;
  /** Refuses `thinking.type: "disabled"`. */
  alwaysThinks: boolean;
  /** `output_config.format`; older ones need a forced tool to hold to a schema. */
  takesOutputFormat: boolean;
  /** `temperature`, `top_p` and `top_k`. */
  takesSampling: boolean;
  /** Goes on from a last message of the assistant. */
  takesPrefill: boolean;
  /** `max_tokens` where the client set none. */
  defaultMaxTokens: number;
}

interface Version {
  family: string | undefined;
  /** 4.5 is 405; undefined where the name tells none. */
  generation: number | undefined;
}

/** `claude-3-7-sonnet-20250219`, `claude-opus-4-20250514`, `claude-sonnet-4-5`, `us.anthropic.claude-opus-5-v1:0`. */
function readVersion(name: string): Version {
  const tail = /claude-(.*)$/.exec(name.toLowerCase())?.[1] ?? "";
  const family = /opus|sonnet|haiku|fable|mythos/.exec(tail)?.[0];
  // Dates have eight digits, versions one or two.
  const numbers = tail.split(/[-.@:]/).filter((token) => /^\d{1,2}$/.test(token));
  const [major, minor] = numbers.map(Number);
  return { family, generation: major === undefined ? undefined : major * 100 + (minor ?? 0) };
}

/**
 * Sources: platform.claude.com, "Adaptive thinking" (from 4.6 on; manual budgets refused from 4.7 on; Fable
 * and Mythos always think), "Structured outputs" (4.5 and later, Opus 4.1), and the API version 2026-10-21
 * (no sampling parameters; models from 4.7 on refuse them under every version); "Prefill" (refused from 4.6 on).
 */
export function claudeModel(name: string): ClaudeModel {
  const { family, generation } = readVersion(name);
  const newest = generation === undefined;
  const alwaysThinks = family === "fable" || family === "mythos";
  return {
    thinksAdaptively: newest || generation >= 406,
    alwaysThinks,
    takesOutputFormat: newest || generation >= 405 || (family === "opus" && generation >= 401),
    takesSampling: !alwaysThinks && (newest || generation < 407),
    takesPrefill: !newest && generation < 406,
    defaultMaxTokens: newest || generation >= 400 ? 16_384 : generation >= 305 ? 8192 : 4096,
  };
}

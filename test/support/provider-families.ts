import type { ProviderName } from "@sluice/simulator/provider-name";

export interface ProviderFamily {
  provider: ProviderName;
  /** A model of it; tests add something unique. */
  family: string;
  /** A model of it that reasons when it is asked to. */
  thinkingFamily: string;
  /** Whether the reply can hold what the model thought; all of them bill it. */
  showsThoughts: boolean;
}

/** Every wire format that a client's request may end up in. Gemini 3 wants thought signatures back, 2.5 has none. */
export const providerFamilies: ProviderFamily[] = [
  { provider: "openai", family: "gpt-4o-mini", thinkingFamily: "gpt-5-mini", showsThoughts: false },
  {
    provider: "anthropic",
    family: "claude-sonnet-4-5",
    thinkingFamily: "claude-sonnet-4-5",
    showsThoughts: true,
  },
  { provider: "gemini", family: "gemini-2.5-flash", thinkingFamily: "gemini-2.5-flash", showsThoughts: true },
  {
    provider: "gemini",
    family: "gemini-3-flash-preview",
    thinkingFamily: "gemini-3-flash-preview",
    showsThoughts: true,
  },
];

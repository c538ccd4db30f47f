import { z } from "zod";
import { foreignKind } from "./foreign-kind.ts";

/** `ai.solo.io/v2` AIBackend. */
export const aiSoloBackend = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      provider: z.string(),
      model: z.string().optional(),
      url: z.string().optional(),
      auth: z.strictObject({ type: z.literal("ApiKey"), secretName: z.string() }).optional(),
    }),
  }),
  ({ spec: { auth, ...spec } }) => ({
    kind: "AIBackend",
    spec: { ...spec, ...(auth === undefined ? {} : { credentials: { secret: { name: auth.secretName } } }) },
  }),
);

const intervalSchema = z.string();

/** `ai.solo.io/v2` AIPolicy. */
export const aiSoloPolicy = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      dlp: z
        .array(
          z.strictObject({
            rule: z.strictObject({ pattern: z.string(), action: z.enum(["REDACT", "BLOCK", "AUDIT"]) }),
          }),
        )
        .optional(),
      promptProtection: z
        .strictObject({
          enabled: z.boolean().optional(),
          mode: z.enum(["DETECT_AND_BLOCK", "DETECT"]).optional(),
        })
        .optional(),
      rateLimit: z
        .strictObject({
          tokenLimits: z.array(z.strictObject({ tokens: z.int(), interval: intervalSchema })).optional(),
          costLimits: z.array(z.strictObject({ cost: z.string(), interval: intervalSchema })).optional(),
          requestLimits: z.array(z.strictObject({ requests: z.int(), interval: intervalSchema })).optional(),
        })
        .optional(),
      caching: z.strictObject({ enabled: z.boolean().optional(), ttl: z.string() }).optional(),
    }),
  }),
  ({ spec: { dlp = [], promptProtection, rateLimit, caching } }) => {
    const rules = dlp.map(({ rule }, index) => ({
      pattern: rule.pattern,
      name: `dlp_${index}`,
      ...(rule.action === "REDACT"
        ? { action: "mask", replacement: "[REDACTED]" }
        : { action: rule.action === "BLOCK" ? "block" : "audit" }),
    }));
    const protection =
      promptProtection === undefined || promptProtection.enabled === false
        ? []
        : [
            {
              detector: "prompt_injection",
              action: promptProtection.mode === "DETECT" ? "audit" : "block",
            },
          ];
    const limits = [
      ...(rateLimit?.tokenLimits ?? []),
      ...(rateLimit?.requestLimits ?? []),
      ...(rateLimit?.costLimits ?? []).map(({ cost, interval }) => ({ usd: cost, interval })),
    ];
    return {
      kind: "AIPolicy",
      spec: {
        ...(rules.length + protection.length === 0 ? {} : { prompt: [...rules, ...protection] }),
        ...(rules.length === 0 ? {} : { reply: rules }),
        ...(limits.length === 0 ? {} : { limits }),
        ...(caching === undefined || caching.enabled === false ? {} : { caching: { ttl: caching.ttl } }),
      },
    };
  },
);

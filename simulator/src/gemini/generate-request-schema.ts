import { z } from "zod";

const blob = z.looseObject({
  mimeType: z.string().optional(),
  mime_type: z.string().optional(),
  data: z.string(),
});
const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: blob.optional(),
  fileData: z.looseObject({}).optional(),
  functionCall: z
    .looseObject({ id: z.string().optional(), name: z.string().min(1), args: z.looseObject({}).optional() })
    .optional(),
  functionResponse: z
    .looseObject({ id: z.string().optional(), name: z.string().min(1), response: z.looseObject({}) })
    .optional(),
});
export type GeminiPart = z.infer<typeof part>;

const content = z.looseObject({ role: z.string().optional(), parts: z.array(part).default([]) });
export type GeminiContent = z.infer<typeof content>;

const declaration = z.looseObject({
  name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/),
  description: z.string().optional(),
  parameters: z.looseObject({}).optional(),
  parametersJsonSchema: z.unknown().optional(),
});

const limit = z.int().min(1).optional();
const generationConfig = z.looseObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  candidateCount: z.int().min(1).max(8).optional(),
  maxOutputTokens: limit,
  stopSequences: z.array(z.string()).max(5).optional(),
  responseMimeType: z.enum(["text/plain", "application/json", "text/x.enum"]).optional(),
  responseSchema: z.looseObject({}).optional(),
  responseJsonSchema: z.unknown().optional(),
  thinkingConfig: z
    .looseObject({
      includeThoughts: z.boolean().optional(),
      thinkingBudget: z.int().optional(),
      thinkingLevel: z.string().optional(),
    })
    .optional(),
});

const callingConfig = z.looseObject({
  mode: z.string().optional(),
  allowedFunctionNames: z.array(z.string()).optional(),
  allowed_function_names: z.array(z.string()).optional(),
});

/** What `generateContent` takes, once its names are in camelCase. */
export const geminiGenerateRequestSchema = z.looseObject({
  contents: z.array(content).default([]),
  systemInstruction: content.optional(),
  generationConfig: generationConfig.optional(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(declaration).optional() })).optional(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: callingConfig.optional(),
      function_calling_config: callingConfig.optional(),
    })
    .optional(),
});
export type GeminiGenerateRequest = z.infer<typeof geminiGenerateRequestSchema>;

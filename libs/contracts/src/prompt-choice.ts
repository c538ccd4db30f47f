import { z } from "zod";

/** Which prompt template a request uses. The ingress says what was asked for, auth what was chosen. */
export const promptChoiceSchema = z.object({
  /** PromptTemplate, by its qualified name. */
  template: z.string().min(1),
  /** Label that was asked for. @default `production`, where no version is asked for either */
  label: z.string().optional(),
  /** Version: up to auth the one that was asked for, behind it the one that the request gets. */
  version: z.string().optional(),
  /**
   * What keeps requests at one version: the value of the template's session header, or the user that the request
   * names. From the ingress to auth and no further.
   */
  stickyTo: z.string().optional(),
});
export type PromptChoice = z.infer<typeof promptChoiceSchema>;

/** A template's version as the ledger has it. */
export interface UsedPrompt {
  promptTemplate: string;
  promptVersion: string;
}

/** What was chosen, as events carry it; undefined for a request without a template. */
export function usedPrompt(choice: PromptChoice | undefined): UsedPrompt | undefined {
  if (choice?.version === undefined) return undefined;
  return { promptTemplate: choice.template, promptVersion: choice.version };
}

import type { TemplateLimits } from "./template-limits.ts";

export interface TemplateOptions {
  /** What errors call the template, such as the file and the place in it that it was read from. */
  readonly file?: string;
  /** Each limit that is left out has its default. */
  readonly limits?: Partial<TemplateLimits>;
}

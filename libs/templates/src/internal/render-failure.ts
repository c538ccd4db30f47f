import type { TemplateRenderFailure } from "../template-render-error.ts";

/** A failure before its place in the template is known. Its message holds no text of a value. */
export class RenderFailure extends Error {
  readonly failure: TemplateRenderFailure;
  /** Whether the message lacks its subject, which is the output that was rendered. */
  readonly isAboutOutput: boolean;

  constructor(failure: TemplateRenderFailure, message: string, isAboutOutput = false) {
    super(message);
    this.failure = failure;
    this.isAboutOutput = isAboutOutput;
  }
}

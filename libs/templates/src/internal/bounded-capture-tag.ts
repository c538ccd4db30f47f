import { CaptureTag, type Context, type Emitter } from "liquidjs";
import { OutputValue } from "./output-value.ts";

/** `{% capture %}` whose text counts as work of a filter; that of liquidjs may grow until memory ends. */
export class BoundedCaptureTag extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    const emitter: Emitter = {
      buffer: "",
      write(chunk: string | OutputValue) {
        const text = chunk instanceof OutputValue ? chunk.text() : chunk;
        context.memoryLimit.use(text.length);
        this.buffer += text;
      },
    };
    const captured = yield this.liquid.renderer.renderTemplates(this.templates, context, emitter);
    context.bottom()[this.variable] = captured;
  }
}

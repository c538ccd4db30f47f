import type { Instance } from "@sluice/contracts/service-name";
import type { PipelineService } from "@sluice/contracts/subjects";
import { InProcessHub } from "../in-process-hub.ts";
import type { Frame } from "../internal/frame.ts";
import type { RequestMessage, TransportListener } from "../internal/transport.ts";

/** A hub that shows who changes what was handed over: it can't be changed any more, and whoever tries throws. */
export class StrictHub extends InProcessHub {
  override next(step: PipelineService): ((request: RequestMessage) => void) | undefined {
    const take = super.next(step);
    return take && ((request) => take(frozen(request)));
  }

  override join(instance: Instance, listener: TransportListener): void {
    super.join(instance, {
      onFrames: (key, frames, writer) => listener.onFrames(key, frames.map(frozen<Frame>), writer),
      onControl: (control) => listener.onControl(frozen(control)),
      onUnreachable: (next, reader, key) => listener.onUnreachable(next, frozen(reader), key),
      onUnread: (key) => listener.onUnread(key),
      onUnwritten: (key, writer) => listener.onUnwritten(key, frozen(writer)),
    });
  }
}

/** Bytes can't be frozen. */
function frozen<Value extends object>(value: Value): Value {
  if (Object.isFrozen(value) || value instanceof Uint8Array) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) frozen(inner);
  return value;
}

import type { Bus } from "../bus.ts";
import { exchangeOf } from "../internal/exchange.ts";
import type { TransportListener } from "../internal/transport.ts";

/** What may be overheard: frames, and control messages. */
export type Overheard = "onFrames" | "onControl";

/** Calls `heard` with what an instance is sent before it takes it, and with how to give it the same again. */
export function overhear<Kind extends Overheard>(
  bus: Bus,
  kind: Kind,
  heard: (told: Parameters<TransportListener[Kind]>, again: () => void) => void,
): void {
  const listener: TransportListener = exchangeOf(bus);
  const take = listener[kind].bind(listener) as (...told: Parameters<TransportListener[Kind]>) => void;
  const listening = ((...told: Parameters<TransportListener[Kind]>) => {
    heard(told, () => take(...told));
    take(...told);
  }) as TransportListener[Kind];
  listener[kind] = listening;
}

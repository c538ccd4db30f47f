import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../command-error.ts";

const limitMs = 15_000;
const pauseMs = 50;

/**
 * Waits until the gateway says that a request would be answered: that every service is on the bus and follows the
 * configuration.
 * @throws CommandError with what it says instead, after 15 s
 */
export async function waitUntilAnswering(gatewayUrl: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + limitMs;
  let said = "nothing";
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const response = await fetch(`${gatewayUrl}/readyz`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]),
      });
      const text = await response.text();
      if (response.ok) return;
      said = `${response.status} ${text.slice(0, 300)}`;
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    await delay(pauseMs);
  }
  throw new CommandError(
    `The gateway at ${gatewayUrl} is up and not ready; it says: ${said.replace(/\s+/g, " ")}`,
  );
}

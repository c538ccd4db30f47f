import { type ChildMessage, orderMessageSchema } from "./child-message.ts";

/**
 * Makes this process a child of the bench: it says that it is ready, takes orders, and ends with its parent.
 * @param url Where it listens, if it does.
 * @param carryOut Does what an order asks for; what it returns, or the message of what it throws, is the answer.
 */
export function answerParent(url: string | undefined, carryOut: (order: unknown) => unknown): void {
  const say = (message: ChildMessage): void => {
    process.send?.(message);
  };
  process.on("message", (message) => {
    const { id, order } = orderMessageSchema.parse(message);
    void (async () => {
      try {
        say({ type: "done", id, result: await carryOut(order) });
      } catch (error) {
        say({ type: "failed", id, reason: error instanceof Error ? error.message : String(error) });
      }
    })();
  });
  process.once("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole group; the parent ends its children itself, by closing the channel.
  process.on("SIGINT", () => undefined);
  say({ type: "ready", ...(url === undefined ? {} : { url }) });
}

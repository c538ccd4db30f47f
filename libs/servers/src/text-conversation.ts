import { connect } from "node:net";

/**
 * Opens a TCP connection to loopback, says `greeting`, and returns what comes back until `isComplete` holds.
 * Rejects when the connection fails, closes early, or takes longer than `timeoutMs`. Enough to see that a server
 * answers, without a client library that reconnects and retries on its own terms.
 */
export function converse(
  port: number,
  greeting: string,
  isComplete: (answer: string) => boolean,
  timeoutMs = 2000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: timeoutMs });
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(greeting));
    socket.on("data", (text) => {
      answer += text;
      if (!isComplete(answer)) return;
      resolve(answer);
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy(new Error(`No answer on port ${port}.`)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`Port ${port} closed the connection.`)));
  });
}

import type { JetStreamHealth } from "@sluice/bus/jetstream-health";
import { expect, test } from "vitest";
import { watchJetStream } from "./jetstream-watch.ts";

const mebibyte = 1024 * 1024;

/** Watches a JetStream that is as `health` says, one look after the other, until all of it is told. */
async function watched(
  health: readonly JetStreamHealth[],
  room: (look: number) => number,
): Promise<string[]> {
  const happened: string[] = [];
  let look = 0;
  const over = Promise.withResolvers<void>();
  const stop = watchJetStream({
    intervalMs: 1,
    ask: async () => {
      const now = health[look++];
      if (now === undefined) over.resolve();
      return now ?? "answers";
    },
    freeBytes: () => room(look) * mebibyte,
    kill: () => happened.push("killed"),
    tell: (line) => happened.push(line),
  });
  await over.promise;
  stop();
  return happened;
}

const silent = (times: number): JetStreamHealth[] => Array.from({ length: times }, () => "silent");

test("a JetStream that stays silent is started anew", async () => {
  expect(await watched(silent(3), () => 1000)).toEqual([
    "JetStream does not answer: nats-server is started anew.",
    "killed",
  ]);
});

test("one that was late, or whose server is away, is left alone", async () => {
  expect(await watched([...silent(2), "answers", ...silent(2), "away", ...silent(2)], () => 1000)).toEqual(
    [],
  );
});

test("on a full disk it is waited for room, which is told once", async () => {
  expect(await watched(silent(8), (look) => (look < 6 ? 1 : 1000))).toEqual([
    "JetStream has stopped: the disk of the bus is full. Waiting for room.",
    "JetStream does not answer: nats-server is started anew.",
    "killed",
  ]);
});

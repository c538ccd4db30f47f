import { expect, test } from "vitest";
import { StopInOrder, type Stoppable } from "./stop-in-order.ts";

/** Notes the time that it is given each time, and is stopped when `end` says so. */
function noted() {
  const times: number[] = [];
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const member: Stoppable = {
    stop: (drainMs) => {
      times.push(drainMs);
      return promise;
    },
  };
  return { member, times, end };
}

test("a group is stopped when the one before it has stopped, and has the time that is left", async () => {
  const [edge, step] = [noted(), noted()];
  const order = new StopInOrder([{ members: [edge.member], leavesMs: 1000 }, { members: [step.member] }]);
  const stopped = order.stop(60_000);
  await expect.poll(() => edge.times).toEqual([expect.closeTo(59_000, -3)]);
  expect(step.times).toEqual([]);
  edge.end();
  await expect.poll(() => step.times).toEqual([expect.closeTo(60_000, -4)]);
  step.end();
  await stopped;
});

test("less time reaches those that are being stopped and those that come after, more time does not", async () => {
  const [edge, step] = [noted(), noted()];
  const order = new StopInOrder([{ members: [edge.member], leavesMs: 1000 }, { members: [step.member] }]);
  const stopped = [order.stop(60_000), order.stop(0), order.stop(90_000)];
  await expect.poll(() => edge.times.slice(1)).toEqual([0, 0]);
  edge.end();
  await expect.poll(() => step.times).toEqual([0]);
  step.end();
  await Promise.all(stopped);
});

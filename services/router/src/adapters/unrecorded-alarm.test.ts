import { SluiceError } from "@sluice/contracts/sluice-error";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UnrecordedAlarm } from "./unrecorded-alarm.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const party = { service: "router", instance: "router-a1b2c3d4" } as const;

function startAlarm() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const metrics = createMeshMetrics(party);
  const alarm = new UnrecordedAlarm(createLogger({ ...party, level: "info", destination }), metrics);
  return { alarm, lines, metrics };
}

test("the first call is said at once, those of the next seconds together, and nothing when there are none", () => {
  const { alarm, lines } = startAlarm();
  alarm.called(1);
  expect(lines).toMatchObject([{ level: "error", alert: "unrecorded", calls: 1, droppedEvents: 0 }]);
  for (let call = 0; call < 100; call++) alarm.called(2);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(5000);
  expect(lines.slice(1)).toMatchObject([{ alert: "unrecorded", calls: 200 }]);
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(2);
  alarm.called(1);
  expect(lines).toHaveLength(3);
});

test("events that are lost are said with the reason", () => {
  const { alarm, lines } = startAlarm();
  alarm.dropped(3, new SluiceError("ledger_unavailable", "No.", { cause: new Error("too many wait") }));
  expect(lines).toMatchObject([{ droppedEvents: 3, err: { cause: { message: "too many wait" } } }]);
});

test("what is unsaid at the end is said then", () => {
  const { alarm, lines } = startAlarm();
  alarm.called(1);
  alarm.called(1);
  alarm.close();
  expect(lines.map(({ calls }) => calls)).toEqual([1, 1]);
  alarm.close();
  expect(lines).toHaveLength(2);
});

test("both are counted, from 0 on", async () => {
  const { alarm, metrics } = startAlarm();
  expect(await metrics.render()).toMatch(/^sluice_router_unrecorded_total 0$/m);
  alarm.called(2);
  alarm.dropped(3, new Error("full"));
  const text = await metrics.render();
  expect(text).toMatch(/^sluice_router_unrecorded_total 2$/m);
  expect(text).toMatch(/^sluice_router_events_dropped_total 3$/m);
});

import { expect, test } from "vitest";
import { createMeshMetrics, type GenAiMetricAttributes } from "./mesh-metrics.ts";
import { metricCatalogue } from "./metric-catalogue.ts";
import { seriesLimit } from "./metric-registry.ts";

const call: GenAiMetricAttributes = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o",
};
const callLabels = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o"';

test("the metrics say whose they are", async () => {
  const text = await makeMetrics().render();
  expect(text).toContain('target_info{service_name="sluice-router",service_instance_id="router-a1b2c3d4"');
});

test("counters stand there before anything was counted", async () => {
  const text = await makeMetrics().render();
  expect(text).toMatch(/^sluice_frames_sent_total 0$/m);
  expect(text).toMatch(/^sluice_requests_open 0$/m);
});

test("what the mesh counts is added up", async () => {
  const metrics = makeMetrics();
  metrics.framesSent(3);
  metrics.framesSent(4);
  metrics.framesReceived(2);
  metrics.cancelled();
  metrics.resent();
  metrics.unreachable("guard");
  metrics.openRequests(1);
  metrics.openRequests(1);
  metrics.openRequests(-1);
  const text = await metrics.render();
  expect(text).toMatch(/^sluice_frames_sent_total 7$/m);
  expect(text).toMatch(/^sluice_frames_received_total 2$/m);
  expect(text).toMatch(/^sluice_cancels_total 1$/m);
  expect(text).toMatch(/^sluice_resends_total 1$/m);
  expect(text).toMatch(/^sluice_unreachable_total\{sluice_service="guard"\} 1$/m);
  expect(text).toMatch(/^sluice_requests_open 1$/m);
  expect(text).toContain("# TYPE sluice_requests_open gauge");
});

test("durations that are given in milliseconds are exported in seconds", async () => {
  const metrics = makeMetrics();
  metrics.queueWait(2);
  metrics.creditStall(1500);
  const text = await metrics.render();
  expect(text).toMatch(/^sluice_queue_wait_seconds_sum 0\.002$/m);
  expect(text).toMatch(/^sluice_queue_wait_seconds_bucket\{le="0\.001"\} 0$/m);
  expect(text).toMatch(/^sluice_queue_wait_seconds_bucket\{le="0\.0025"\} 1$/m);
  expect(text).toMatch(/^sluice_credit_stall_seconds_sum 1\.5$/m);
});

test("GenAI metrics have the names and boundaries of the conventions", async () => {
  const metrics = makeMetrics();
  metrics.operationDuration(0.5, { ...call, "error.type": "provider_timeout" });
  metrics.tokenUsage(100, { ...call, "gen_ai.token.type": "input" });
  metrics.timeToFirstToken(0.3, call);
  metrics.timePerOutputToken(0.02, call);
  const text = await metrics.render();
  expect(text).toContain(
    `gen_ai_client_operation_duration_seconds_bucket{${callLabels},error_type="provider_timeout",le="0.64"} 1`,
  );
  expect(text).toContain(
    `gen_ai_client_token_usage_bucket{${callLabels},gen_ai_token_type="input",le="256"} 1`,
  );
  expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{${callLabels},le="0.5"} 1`);
  expect(text).toContain(`gen_ai_server_time_per_output_token_seconds_bucket{${callLabels},le="0.025"} 1`);
});

test("the process reports its event loop, memory and processor time", async () => {
  const text = await makeMetrics().render();
  const observed = Object.values(metricCatalogue).filter((metric) => metric.kind === "observed");
  const missing = observed.filter((metric) => !text.includes(metric.name.replaceAll(".", "_")));
  expect(missing).toEqual([]);
  expect(text).toMatch(/^process_memory_usage_bytes \d{7,}$/m);
  expect(text).toMatch(/^process_cpu_time_seconds_total\{cpu_mode="user"\} [\d.]+$/m);
  expect(text).toMatch(/^nodejs_eventloop_utilization_ratio [\d.e-]+$/m);
});

test("a service adds metrics of its own", async () => {
  const metrics = makeMetrics();
  metrics
    .counter("sluice.router.retries", "Provider calls made again.", "{call}")
    .add(2, { reason: "timeout" });
  metrics.gauge("sluice.router.sockets", "Open sockets.", "{socket}").record(5);
  metrics.histogram("sluice.router.parse", "Time to parse.", "s", [0.1, 1]).record(0.5);
  metrics.observedGauge("sluice.router.cache.size", "Cache size.", "By", (observe) => observe(42));
  const text = await metrics.render();
  expect(text).toContain("# HELP sluice_router_retries_total Provider calls made again.");
  expect(text).toMatch(/^sluice_router_retries_total\{reason="timeout"\} 2$/m);
  expect(text).toMatch(/^sluice_router_sockets 5$/m);
  expect(text).toMatch(/^sluice_router_parse_seconds_bucket\{le="1"\} 1$/m);
  expect(text).toMatch(/^sluice_router_cache_size_bytes 42$/m);
});

test("a label with too many values does not grow the process without end", async () => {
  const metrics = makeMetrics();
  const counter = metrics.counter("sluice.test.values", "Many.", "{value}");
  for (let value = 0; value < 2 * seriesLimit; value++) counter.add(1, { value });
  const series = (await metrics.render())
    .split("\n")
    .filter((line) => line.startsWith("sluice_test_values_total{"));
  expect(series).toHaveLength(seriesLimit);
  expect(series).toContainEqual(expect.stringContaining('otel_metric_overflow="true"'));
});

function makeMetrics() {
  return createMeshMetrics({ service: "router", instance: "router-a1b2c3d4" });
}

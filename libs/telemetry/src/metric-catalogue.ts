/** Units in UCUM, as OpenTelemetry writes them; `{name}` counts things. */
export type MetricUnit = "s" | "By" | "1" | `{${string}}`;

interface MetricDefinition {
  /** `upDownCounter` is a sum that also falls. */
  kind: "counter" | "upDownCounter" | "histogram" | "observed";
  name: string;
  unit: MetricUnit;
  description: string;
  /** Names of the attributes that its values are told apart by; each takes few values. */
  attributes: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  boundaries?: readonly number[];
}

const genAiOperation = [
  "gen_ai.operation.name",
  "gen_ai.provider.name",
  "gen_ai.request.model",
  "gen_ai.response.model",
  "server.address",
  "server.port",
] as const;

/**
 * The metrics that every service has. docs/telemetry.md lists the same ones; a test keeps them equal.
 *
 * Names, units and boundaries of `gen_ai.*` are those that the GenAI semantic conventions advise
 * (https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md): towards the
 * provider Sluice is the client, and the two times of tokens have names in the server's group only.
 */
export const metricCatalogue = {
  tokenUsage: {
    kind: "histogram",
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    description: "Tokens of one provider call, input and output apart.",
    attributes: [...genAiOperation, "gen_ai.token.type"],
    boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
  operationDuration: {
    kind: "histogram",
    name: "gen_ai.client.operation.duration",
    unit: "s",
    description: "Time of one provider call, from the request to the last byte.",
    attributes: [...genAiOperation, "error.type"],
    boundaries: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  timeToFirstToken: {
    kind: "histogram",
    name: "gen_ai.server.time_to_first_token",
    unit: "s",
    description: "Time from the provider call to the first token of its answer.",
    attributes: genAiOperation,
    boundaries: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  timePerOutputToken: {
    kind: "histogram",
    name: "gen_ai.server.time_per_output_token",
    unit: "s",
    description: "Time per output token after the first one.",
    attributes: genAiOperation,
    boundaries: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  },
  queueWait: {
    kind: "histogram",
    name: "sluice.queue.wait",
    unit: "s",
    description: "Time between the sending of a request on the bus and the start of its handler.",
    attributes: [],
    boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  framesSent: {
    kind: "counter",
    name: "sluice.frames.sent",
    unit: "{frame}",
    description: "Reply frames sent on the bus.",
    attributes: [],
  },
  framesReceived: {
    kind: "counter",
    name: "sluice.frames.received",
    unit: "{frame}",
    description: "Reply frames taken from the bus.",
    attributes: [],
  },
  creditStall: {
    kind: "histogram",
    name: "sluice.credit.stall",
    unit: "s",
    description: "Time that a reply stood still because its reader had granted no credit.",
    attributes: [],
    boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  },
  openRequests: {
    kind: "upDownCounter",
    name: "sluice.requests.open",
    unit: "{request}",
    description: "Requests that this instance holds or waits for.",
    attributes: [],
  },
  cancels: {
    kind: "counter",
    name: "sluice.cancels",
    unit: "{request}",
    description: "Requests that were cancelled before their answer was whole.",
    attributes: [],
  },
  resends: {
    kind: "counter",
    name: "sluice.resends",
    unit: "{request}",
    description: "Requests that were sent again because nobody had accepted them.",
    attributes: [],
  },
  unreachable: {
    kind: "counter",
    name: "sluice.unreachable",
    unit: "{request}",
    description: "Requests for which no instance of the next service listened.",
    attributes: ["sluice.service"],
  },
  eventLoopDelayMean: {
    kind: "observed",
    name: "nodejs.eventloop.delay.mean",
    unit: "s",
    description: "Mean delay of the event loop since the last reading.",
    attributes: [],
  },
  eventLoopDelayP99: {
    kind: "observed",
    name: "nodejs.eventloop.delay.p99",
    unit: "s",
    description: "99th percentile of the event loop's delay since the last reading.",
    attributes: [],
  },
  eventLoopDelayMax: {
    kind: "observed",
    name: "nodejs.eventloop.delay.max",
    unit: "s",
    description: "Longest delay of the event loop since the last reading.",
    attributes: [],
  },
  eventLoopUtilization: {
    kind: "observed",
    name: "nodejs.eventloop.utilization",
    unit: "1",
    description: "Share of the time since the last reading in which the event loop was busy.",
    attributes: [],
  },
  heapUsed: {
    kind: "observed",
    name: "v8js.memory.heap.used",
    unit: "By",
    description: "Heap in use, by space.",
    attributes: ["v8js.heap.space.name"],
  },
  memoryUsage: {
    kind: "observed",
    name: "process.memory.usage",
    unit: "By",
    description: "Resident set size of the process.",
    attributes: [],
  },
  cpuTime: {
    kind: "observed",
    name: "process.cpu.time",
    unit: "s",
    description: "Processor time that the process has used.",
    attributes: ["cpu.mode"],
  },
  uptime: {
    kind: "observed",
    name: "process.uptime",
    unit: "s",
    description: "Time that the process has been running.",
    attributes: [],
  },
} as const satisfies Record<string, MetricDefinition>;

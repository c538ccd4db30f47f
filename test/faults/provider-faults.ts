import type { Mesh } from "../support/mesh.ts";
import type { FaultMesh } from "./fault-mesh.ts";
import type { Fault } from "./run-fault.ts";

/** What a share of the providers' replies does; see the simulator's README for the keys. */
interface Misbehaviour {
  name: string;
  fault: Record<string, string | number | boolean>;
  probability: number;
  /** Calls that it happens to at most. @default as many as the probability makes */
  times?: number;
}

/** Long enough for the load to meet it. */
const lastsMs = 5000;

const misbehaviours: Misbehaviour[] = [
  { name: "provider cuts a stream", fault: { "cut-after": 5 }, probability: 0.3 },
  { name: "provider stalls", fault: { "stall-after": 3 }, probability: 0.1 },
  { name: "provider never answers", fault: { hang: true }, probability: 0.1 },
  { name: "provider answers 500", fault: { status: 500 }, probability: 0.3 },
  { name: "provider answers 429", fault: { status: 429, "retry-after": 0.05 }, probability: 0.3 },
  { name: "provider sends half a JSON", fault: { "half-json": true }, probability: 0.3 },
  { name: "provider never ends", fault: { "never-ends": true, "chunk-ms": 20 }, probability: 0.1 },
  { name: "provider sends 50 MB", fault: { bytes: 52_428_800 }, probability: 0.02, times: 8 },
];

export const providerFaults: Fault[] = misbehaviours.map(({ name, fault, probability, times }) => ({
  name,
  happen: async ({ mesh }: FaultMesh) => {
    await control(mesh, "POST", { match: {}, fault, probability, ...(times === undefined ? {} : { times }) });
    await new Promise((resolve) => setTimeout(resolve, lastsMs));
    await control(mesh, "DELETE");
  },
}));

async function control(mesh: Mesh, method: string, body?: unknown): Promise<void> {
  const response = await fetch(`${mesh.simulatorUrl}/control/faults`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`the simulator refuses the fault: ${await response.text()}`);
}

import { bodies } from "./bodies.ts";
import { firstToken } from "./first-token.ts";
import { latency } from "./latency.ts";
import type { Measurement } from "./measurement.ts";
import type { MeasurementName } from "./measurement-name.ts";
import { streams } from "./streams.ts";
import { throughput } from "./throughput.ts";

export const allMeasurements: Readonly<Record<MeasurementName, Measurement>> = {
  throughput,
  latency,
  streams,
  "first-token": firstToken,
  bodies,
};

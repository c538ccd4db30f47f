import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import type { Logger } from "@sluice/telemetry/logger";
import type { Histogram } from "@sluice/telemetry/mesh-metrics";
import type { Tracing } from "@sluice/telemetry/tracing";
import type { GuardConfig } from "../config.ts";
import type { DecisionRecorder } from "./decision-recorder.ts";

/** What inspecting a request needs of the service. */
export interface InspectContext {
  config: GuardConfig;
  snapshots: SnapshotFollower;
  recorder: DecisionRecorder;
  tracing: Tracing;
  logger: Logger;
  /** Seconds that inspecting prompts takes. */
  promptDuration: Histogram;
}

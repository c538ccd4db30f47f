import type { Instance } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import type { OperationsServer } from "./operations-server.ts";
import type { ProcessName } from "./process-name.ts";
import type { ReadyMessage } from "./ready-message.ts";
import type { RunningService } from "./service-definition.ts";

/** A process as it is known to others. */
export interface OwnProcess {
  name: ProcessName;
  instance: Instance;
  logger: Logger;
  /** Aborts when the process is asked to end, also while it still starts. */
  signal: AbortSignal;
}

/** All that runs in a process. */
export interface ProcessParts {
  tracing: { shutdown(timeoutMs: number): Promise<void> };
  operations: OperationsServer;
  bus: { drain(): Promise<void> };
  running: RunningService;
  /** @default undefined (one service, which is named as the process) */
  services?: ReadyMessage["services"];
  /** How long open work may go on when nobody says otherwise. */
  drainMs: number;
  /** How long what runs may take, past its drain time, to break off what is still open and to settle it. */
  settleLimitMs: number;
}

import { Bill } from "./control/bill.ts";
import { freshCounts } from "./control/call-counts.ts";
import { FaultRules } from "./control/fault-rules.ts";
import { RequestLog } from "./control/request-log.ts";

/** All that one simulator remembers. */
export class SimulatorState {
  readonly bill = new Bill();
  readonly faults = new FaultRules();
  readonly requests = new RequestLog();
  counts = freshCounts();
}

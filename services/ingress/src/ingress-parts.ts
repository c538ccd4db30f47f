import type { AnnouncedService } from "@sluice/bus/announce-service";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import type { ServiceContext } from "@sluice/runtime/run-service";
import type { IngressConfig } from "./config.ts";
import type { BreakOff } from "./domain/break-off.ts";
import type { OpenRequests } from "./domain/open-requests.ts";

/** What the handler of a request works with. */
export interface IngressParts extends ServiceContext<IngressConfig> {
  snapshots: SnapshotFollower;
  openRequests: OpenRequests;
  announced: AnnouncedService;
  breakOff: BreakOff;
}

import type { PriceList } from "@sluice/resources/price-list";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import type { ServiceContext } from "@sluice/runtime/run-service";
import type { BackendDirectory } from "./adapters/backend-directory.ts";
import type { CacheMetrics } from "./adapters/cache-metrics.ts";
import type { CutReports } from "./adapters/cut-reports.ts";
import type { ProviderClient } from "./adapters/provider-client.ts";
import type { Rejections } from "./adapters/rejections.ts";
import type { ReplyCache } from "./adapters/reply-cache.ts";
import type { RetryBudgets } from "./adapters/retry-budgets.ts";
import type { Settlements } from "./adapters/settlements.ts";
import type { SharedCalls } from "./adapters/shared-calls.ts";
import type { SimilarQuestions } from "./adapters/similar-questions.ts";
import type { TargetHealth } from "./adapters/target-health.ts";
import type { TargetLoads } from "./adapters/target-loads.ts";
import type { TokenCounter } from "./adapters/token-counter.ts";
import type { UpstreamDirectory } from "./adapters/upstream-directory.ts";
import type { UsageRecorder } from "./adapters/usage-recorder.ts";
import type { RouterConfig } from "./config.ts";

/** What the handlers work with. */
export interface RouterParts extends ServiceContext<RouterConfig> {
  snapshots: SnapshotFollower;
  backends: BackendDirectory;
  upstreams: UpstreamDirectory;
  providers: ProviderClient;
  health: TargetHealth;
  loads: TargetLoads;
  retryBudgets: RetryBudgets;
  prices: PriceList;
  recorder: UsageRecorder;
  tokens: TokenCounter;
  /** Undefined where the router has no Redis. */
  settlements: Settlements | undefined;
  cutReports: CutReports;
  /** Undefined where the router has no Redis. */
  cache: ReplyCache | undefined;
  /** Undefined where the router has no Redis. */
  sharedCalls: SharedCalls | undefined;
  cacheMetrics: CacheMetrics;
  similar: SimilarQuestions;
  rejections: Rejections;
  /** Work that goes on after the reply; it is waited for when the router ends. */
  background(work: Promise<void>): void;
}

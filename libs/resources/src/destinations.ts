import type { Backend, ModelRoute, Upstream } from "./snapshot.ts";
import type { Workflow } from "./workflow.ts";

/** What routes may lead to. */
export interface Destinations {
  backends: Readonly<Record<string, Backend>>;
  upstreams: Readonly<Record<string, Upstream>>;
  workflows: Readonly<Record<string, Workflow>>;
  models: readonly ModelRoute[];
}

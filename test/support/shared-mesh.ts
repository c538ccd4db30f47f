import type { TestProject } from "vitest/node";
import { startMesh } from "./mesh.ts";
import type { MeshAddress } from "./mesh-address.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The mesh that the test files share: the repository's own configuration, the simulator behind it. */
    mesh: MeshAddress;
  }
}

/** Starts the mesh before the first test file and ends it after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mesh = await startMesh({ compact: project.config.env.SLUICE_TEST_MESH === "compact" });
  const { gateway, ledger, apiKey, adminKey, simulatorUrl, processes } = mesh;
  project.provide("mesh", { gateway, ledger, apiKey, adminKey, simulatorUrl, processes });
  return async () => {
    await mesh.stop();
  };
}

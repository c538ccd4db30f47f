import { withSecretFiles } from "@sluice/runtime/secret-files";
import { findProviders, simulatedProviders } from "../supervisor/providers.ts";

/**
 * Has the simulator at `SLUICE_SIMULATOR_URL` answer as long as no provider's key is set, as `sluice start` does: the
 * first request works without any. Says so on standard error.
 * @param environment Of this process; changed in place.
 */
export function useSimulatorWithoutKeys(environment: NodeJS.ProcessEnv): void {
  const { SLUICE_SIMULATOR_URL: url } = environment;
  const { environment: given, problems } = withSecretFiles(environment);
  // A key that can't be read is for the service to complain of.
  if (!url || problems.length > 0 || findProviders(given).keys.length > 0) return;
  Object.assign(environment, simulatedProviders(url.replace(/\/$/, "")));
  process.stderr.write("No provider's key is set: the simulator answers.\n");
}

/** A part of the mesh that runs as the process of a container. */
interface Part {
  /** The file that Node runs, from the root of the project. */
  file: string;
  /** Where it says whether it takes requests. */
  readinessUrl(environment: NodeJS.ProcessEnv): string;
  /** Whether it takes requests, by the status of that answer. */
  isReady(status: number): boolean;
}

const service = (name: string): Part => ({
  file: `services/${name}/src/main.ts`,
  readinessUrl: ({ SLUICE_METRICS_PORT }) => `http://127.0.0.1:${SLUICE_METRICS_PORT}/readyz`,
  isReady: (status) => status === 200,
});

/** The parts by the word that a container is started with. */
export const parts: Readonly<Record<string, Part>> = {
  ingress: service("ingress"),
  auth: service("auth"),
  guard: service("guard"),
  router: service("router"),
  ledger: service("ledger"),
  compact: { ...service("compact"), file: "compact/src/main.ts" },
  simulator: {
    file: "simulator/src/main.ts",
    readinessUrl: ({ SLUICE_SIMULATOR_PORT }) => `http://127.0.0.1:${SLUICE_SIMULATOR_PORT}/`,
    // As a provider would, it refuses whoever has no key; that it answers is enough.
    isReady: (status) => status < 500,
  },
};

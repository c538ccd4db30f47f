import { configDefaults, defineConfig } from "vitest/config";

const exclude = [...configDefaults.exclude, ".toolchain/**", ".sluice*/**"];

const alone = ["test/faults/*.test.ts", "test/cluster/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "parts", include: ["{libs,services,cli,simulator,bench,setup}/**/*.test.ts"], exclude },
      },
      {
        extends: true,
        test: {
          // What the parts say to each other, over the transport of the compact mode.
          name: "in-process",
          env: { SLUICE_TEST_TRANSPORT: "in-process" },
          include: [
            "libs/bus/src/{pipeline,pipeline-step,streamed-reply,resend,lost-holder}.test.ts",
            "libs/bus/src/{repeated-*,list-services}.test.ts",
            // There nothing that was handed over can be changed any more; whoever tries, throws.
            "services/{auth,guard,ingress,router}/src/handlers/*.test.ts",
            "services/{ingress,router}/src/service.test.ts",
          ],
          exclude,
        },
      },
      {
        extends: true,
        test: {
          name: "mesh",
          env: { SLUICE_TEST_MESH: "processes" },
          include: ["test/**/*.test.ts"],
          exclude: [...exclude, "test/compact/**", ...alone],
          // One whole mesh for all files that need no settings of their own.
          globalSetup: ["test/support/shared-mesh.ts"],
        },
      },
      {
        extends: true,
        test: {
          // The same tests against a mesh whose services are one process.
          name: "compact",
          env: { SLUICE_TEST_MESH: "compact" },
          include: [
            "test/compact/*.test.ts",
            "test/sdk/*.test.ts",
            "test/{errors,ledger-equals-bill,live-configuration,metrics,trace}.test.ts",
          ],
          exclude,
          globalSetup: ["test/support/shared-mesh.ts"],
        },
      },
      {
        extends: true,
        test: {
          // Faults under a steady load, which has the machine to itself: after all others, one file after the other.
          name: "alone",
          env: { SLUICE_TEST_MESH: "processes" },
          include: alone,
          exclude,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Takes the better part of an hour: `npm run test:faults`.
          name: "faults",
          include: ["test/faults/*.faults.ts"],
          exclude,
          fileParallelism: false,
        },
      },
    ],
    reporters: ["default", "./setup/closing-line-reporter.ts"],
    // What is waited for comes within milliseconds as a rule, and within seconds on a machine that is loaded.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    // Most hooks start a mesh: a second or two, but a minute on a machine that has other work.
    hookTimeout: 150_000,
    // Two cores are the smallest machine that Sluice is tested on; more workers than that only wait for each other.
    maxWorkers: 2,
  },
});

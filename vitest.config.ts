import { configDefaults, defineConfig } from "vitest/config";

const exclude = [...configDefaults.exclude, ".toolchain/**", ".sluice*/**"];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "parts", include: ["{libs,services,cli,simulator,setup}/**/*.test.ts"], exclude },
      },
      {
        extends: true,
        test: {
          name: "mesh",
          include: ["test/**/*.test.ts"],
          exclude,
          // One whole mesh for all files that need no settings of their own.
          globalSetup: ["test/support/shared-mesh.ts"],
        },
      },
    ],
    reporters: ["default", "./setup/closing-line-reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are the smallest machine that Sluice is tested on; more workers than that only wait for each other.
    maxWorkers: 2,
  },
});

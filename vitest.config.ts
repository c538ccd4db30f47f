import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{libs,services,cli,simulator,test,setup}/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ".toolchain/**", ".sluice*/**"],
    reporters: ["default", "./setup/closing-line-reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are the smallest machine that Sluice is tested on; more workers than that only wait for each other.
    maxWorkers: 2,
  },
});

import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends a test run with one line, `N passed, N failed`, and nothing after it.
 *
 * A file that cannot be loaded and an error outside of all tests count as failures: no test failed in them only
 * because none could run.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        // A test that was neither run nor skipped on purpose did not show what it was written to show.
        else if (state !== "skipped") failedTests++;
      }
      // A file or a hook that failed, with no failed test to show for it.
      failed += failedTests > 0 || module.ok() ? failedTests : 1;
    }
    const line = `${passed} passed, ${failed} failed\n`;
    // The default reporter writes its summary in the same turn; this comes after all of it.
    process.once("exit", () => process.stdout.write(line));
  }
}

/**
 * A vitest reporter that notes one line per outcome in the file named by TEST_OUTCOMES, as it happens, so that the
 * counts survive a run that is cut short. scripts/test.ts adds them up. Outcomes: passed, failed, skipped.
 */
import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

const file = process.env.TEST_OUTCOMES;

function note(outcome: "passed" | "failed" | "skipped", name: string, reason = ""): void {
  if (file) appendFileSync(file, `${[outcome, name, reason].map((part) => part.replace(/\s+/g, " ")).join("\t")}\n`);
}

export default class OutcomeReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === "pending") return;
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    note(result.state, name, result.state === "skipped" ? (result.note ?? "") : "");
  }

  // a hook that throws fails its suite, though no test of it ran
  onTestSuiteResult(suite: TestSuite): void {
    if (suite.errors().length > 0) note("failed", `${suite.module.relativeModuleId} > ${suite.fullName}`);
  }

  // a file that cannot be loaded fails, though it holds no test
  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) note("failed", module.relativeModuleId);
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const _ of unhandled) note("failed", "an error outside of any test");
  }
}

// Runs what the test files have queued, in a page or in a worker.

import { type Outcome, queue, runSuite } from '../../support/suite.ts';

export interface Report {
  suites: number;
  passed: number;
  failures: string[];
}

export async function runQueue(): Promise<Report> {
  const total: Report = { suites: queue.length, passed: 0, failures: [] };
  for (const suite of queue) {
    // A page is loaded, and answers, only when nothing runs: most tests wait for no timer.
    await new Promise((resolve) => setTimeout(resolve));
    for (const outcome of await runSuite(suite)) {
      if (outcome.status === 'passed') total.passed++;
      else total.failures.push(`${suite.name} › ${outcome.name}: ${whyOf(outcome)}`);
    }
  }
  return total;
}

function whyOf(outcome: Outcome): string {
  if (outcome.status !== 'failed') return outcome.status;
  return outcome.error instanceof Error ? (outcome.error.stack ?? outcome.error.message) : String(outcome.error); // prettier-ignore
}

// Runs what the test files have queued, in a page or in a worker, and says how it went.

import { queue } from './defer.ts';

export interface Report {
  suites: number;
  passed: number;
  skipped: number;
  planned: number;
  errors: string[];
}

/** Where this runs: a worker tells its page, a page leaves the report where a driver finds it. */
export async function report(work: () => Promise<unknown>): Promise<void> {
  const violations: string[] = [];
  addEventListener('securitypolicyviolation', (event) => {
    violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  let outcome: unknown;
  try {
    outcome = { result: await work(), violations };
  } catch (error) {
    outcome = { error: String(error instanceof Error ? error.stack : error), violations };
  }
  if (typeof document === 'undefined') postMessage(outcome);
  else Object.assign(globalThis, { outcome });
}

export async function runQueue(): Promise<Report> {
  const [, ...suites] = queue[0]!;
  const total: Report = { suites: suites.length, passed: 0, skipped: 0, planned: 0, errors: [] };
  for (const suite of suites) {
    const [errors, passed, skipped, planned] = await suite();
    total.passed += passed;
    total.skipped += skipped;
    total.planned += planned;
    if (errors !== true) total.errors.push(errors);
  }
  return total;
}

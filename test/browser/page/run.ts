// Runs what the test files have queued, in a page or in a worker.

import { queue } from './defer.ts';

export interface Report {
  suites: number;
  passed: number;
  skipped: number;
  planned: number;
  errors: string[];
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

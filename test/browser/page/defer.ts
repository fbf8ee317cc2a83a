// Imported before everything else: uvu then queues its suites instead of running them.

export const queue: [null, ...(() => Promise<Outcome>)[]][] = [[null]];

/** What a suite resolves to: its errors as text (or `true`), tests passed, skipped, planned. */
export type Outcome = [errors: string | true, passed: number, skipped: number, planned: number];

Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: queue });

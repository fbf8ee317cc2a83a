// A process with one cache, and with many.

import { runChild } from '../measure/child.js';
import { median } from '../report/ratios.js';
import { table } from '../report/text.js';
import { crowdWorkloads } from '../workloads/index.js';
import { rotated } from './times.js';

/** The fastest with one cache; the others resemble one of these. */
const NAMES = ['sesscache', 'lru-cache, ttl', 'quick-lru', 'lru.min', 'hashlru', 'Map'];

/**
 * @typedef {import('../plan.js').Crowd & { figures: import('../report/ratios.js').Figures }} TimedCrowd
 * @param {import('../plan.js').Crowd[]} crowds
 * @param {string[]} names
 * @param {import('./journal.js').Journal} journal
 */
export function timeCrowds(crowds, names, journal) {
  const taking = NAMES.filter((name) => names.includes(name));
  /** @type {TimedCrowd[]} */
  const found = (journal.found['crowds'] ??= []);
  crowds.forEach((crowd, i) => {
    const { figures } = (found[i] ??= { ...crowd, figures: {} });
    for (const name of taking) figures[name] ??= {};
    const { caches, size, length, rounds, seconds } = crowd;
    for (let round = 0; round < rounds; round++) {
      for (const name of rotated(taking, round)) {
        if ((figures[name]['view']?.length ?? 0) > round) continue;
        journal.turn(`${caches} caches in a process, round ${round + 1} of ${rounds}: ${name}`);
        /** @type {Record<string, number>} */
        const once = runChild({ what: 'crowd', name, caches, size, length, seconds });
        for (const [workload, nanoseconds] of Object.entries(once)) {
          (figures[name][workload] ??= []).push(nanoseconds);
        }
        journal.keep({ crowds: found });
      }
    }
  });
  for (const { caches, size, figures } of found) {
    const rows = taking.map((name) =>
      [name].concat(
        Object.keys(crowdWorkloads).map((key) => median(figures[name][key] ?? [NaN]).toFixed(0)),
      ),
    );
    const titles = Object.values(crowdWorkloads).map(({ title }) => title);
    console.log(`\n${caches} caches of ${size} sessions in a process, nanoseconds\n`);
    console.log(table([['', ...titles], ...rows]));
  }
}

// The same times on other releases of Node, and in Bun: with those contenders that lead on the
// release of the run.

import { execFileSync } from 'node:child_process';
import { contenders } from '../contenders/index.js';
import { median, US } from '../report/ratios.js';
import { nodeRelease, otherRuntime, RELEASES } from '../../scripts/runtimes.js';
import { timeSets } from './times.js';

/** What `--on` may name. */
export const RUNTIMES = [...RELEASES, 'bun'];

/**
 * @typedef {object} Release
 * @property {string} name such as `Node 22`
 * @property {string} version such as `v22.1.0`
 * @property {'V8' | 'JavaScriptCore'} engine
 * @property {import('./times.js').TimedSet[]} times
 */

/**
 * @param {string[]} wanted of RUNTIMES; the release that runs this is left out
 * @param {import('../plan.js').Times[]} sets
 * @param {string[]} names
 * @param {import('./journal.js').Journal} journal
 */
export function timeReleases(wanted, sets, names, journal) {
  const [own] = process.versions.node.split('.');
  /** @type {Release[]} */
  const releases = (journal.found['releases'] ??= []);
  const inJavaScript = names.filter((name) => name in contenders);
  for (const each of wanted.filter((runtime) => runtime !== own)) {
    const runtime = runtimeOf(each);
    let release = releases.find(({ name }) => name === runtime.name);
    if (!release) {
      const { name, path, engine } = runtime;
      const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
      release = { name, version, engine, times: [] };
      releases.push(release);
    }
    timeSets(sets, (set) => leaders(journal.found['times'], set, inJavaScript), {
      runtime,
      found: release.times,
      turn: (title) => journal.turn(title),
      keep: () => journal.keep({ releases }),
    });
  }
}

/**
 * The fastest of those that bound, for each operation at this size, and sesscache. All, if nothing
 * was measured at this size.
 * @param {import('./times.js').TimedSet[] | undefined} times
 * @param {{ size: number, length: number }} set
 * @param {string[]} names
 */
function leaders(times, { size, length }, names) {
  const figures = times?.find((each) => each.size === size && each.length === length)?.figures;
  const ours = figures?.[US];
  if (!figures || !ours) return names;
  const bounded = names.filter((name) => name !== US && contenders[name].bounds && figures[name]);
  const found = new Set([US]);
  for (const workload of Object.keys(ours)) {
    const timed = bounded.filter((name) => figures[name][workload]);
    const ranked = timed.toSorted(
      (a, b) => median(figures[a][workload]) - median(figures[b][workload]),
    );
    if (ranked.length > 0) found.add(ranked[0]);
  }
  return names.filter((name) => found.has(name));
}

/**
 * @param {string} name
 * @returns {{ name: string } & import('../measure/child.js').Runtime}
 */
function runtimeOf(name) {
  if (name === 'bun') {
    return { name: 'Bun', path: otherRuntime('bun'), engine: 'JavaScriptCore' };
  }
  return { name: `Node ${name}`, path: nodeRelease(name), engine: 'V8' };
}

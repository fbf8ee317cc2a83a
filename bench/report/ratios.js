// Medians over rounds, and how many times as fast sesscache is as the best of the others in the
// same round.

import { contenders, OPENSSL } from '../contenders/index.js';

/**
 * Nanoseconds by contender and workload, one for each round.
 * @typedef {Record<string, Record<string, number[]>>} Figures
 *
 * How many times as fast sesscache is as the fastest of a group.
 * @typedef {object} Ratio
 * @property {string} best the fastest of the group, by its median
 * @property {number} median of the rounds' ratios
 * @property {number} low
 * @property {number} high
 */

export const US = 'sesscache';

/** @type {Record<string, (name: string) => boolean>} */
export const groups = {
  'JS best that bounds and expires': (name) => has(name, 'bounds') && has(name, 'expires'),
  'JS best that bounds': (name) => has(name, 'bounds'),
  'Map, which does neither': (name) => name === 'Map',
  'lmdb, which crosses processes': (name) => name === 'lmdb',
  'OpenSSL in C': (name) => name === OPENSSL,
};

/**
 * @param {string} name
 * @param {'bounds' | 'expires'} what
 */
function has(name, what) {
  return contenders[name]?.[what] === true;
}

/**
 * @param {readonly number[]} values not empty
 * @returns {number}
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {Figures} figures
 * @param {string} workload
 * @param {string} group one of `groups`
 * @returns {Ratio | undefined} undefined when there is no figure to compare with
 */
export function ratio(figures, workload, group) {
  const ours = figures[US]?.[workload];
  const members = Object.keys(figures)
    .filter((name) => name !== US && groups[group](name) && figures[name][workload]?.length)
    .toSorted((a, b) => median(figures[a][workload]) - median(figures[b][workload]));
  if (!ours || members.length === 0) return undefined;
  const [best] = members;
  // OpenSSL's slowest is measured once.
  const theirs = figures[best][workload];
  const rounds = ours.map((own, i) => theirs[Math.min(i, theirs.length - 1)] / own);
  return { best, median: median(rounds), low: Math.min(...rounds), high: Math.max(...rounds) };
}

/**
 * The least ratio of any release of Node at this size; releases that were not measured do not
 * count.
 * @param {Pick<import('./results.js').Results, 'machine' | 'releases'>} results
 * @param {{ size: number, length: number, figures: Figures }} set of the release of the run
 * @param {string} workload
 * @param {string} group one of `groups`
 * @returns {(Ratio & { release: string }) | undefined}
 */
export function worst({ machine, releases = [] }, set, workload, group) {
  const own = { release: `Node ${String(machine['node']).slice(1).split('.')[0]}`, of: set };
  const others = releases
    .filter(({ engine }) => engine === 'V8')
    .map(({ name, times }) => ({ release: name, of: times.find((each) => isLike(each, set)) }));
  const ratios = [own, ...others].flatMap(({ release, of }) => {
    const found = of && ratio(of.figures, workload, group);
    return found ? [{ ...found, release }] : [];
  });
  return ratios.toSorted((a, b) => a.median - b.median)[0];
}

/**
 * Whether two sets are of as many sessions of as many bytes.
 * @param {{ size: number, length: number }} one
 * @param {{ size: number, length: number }} other
 */
export function isLike(one, other) {
  return one.size === other.size && one.length === other.length;
}

/**
 * A win is a ratio above 1 in every round, a loss one below 1 in every round.
 * @param {Figures} figures
 * @param {string} group
 * @returns {{ faster: string[], slower: string[], undecided: string[] }} workloads
 */
export function verdict(figures, group) {
  const found = Object.keys(figures[US] ?? {}).flatMap((workload) => {
    const compared = ratio(figures, workload, group);
    return compared ? [{ workload, ...compared }] : [];
  });
  const list = (/** @type {(each: Ratio) => boolean} */ is) =>
    found.filter(is).map(({ workload }) => workload);
  return {
    faster: list(({ low }) => low > 1),
    slower: list(({ high }) => high < 1),
    undecided: list(({ low, high }) => low <= 1 && high >= 1),
  };
}

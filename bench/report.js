// What the figures say: medians over rounds, and sesscache's ratio to the best of the others in each.

import { contenders } from './contenders.js';

/** @typedef {keyof import('./time.js').Times} Operation */
/** @typedef {Record<string, import('./time.js').Times[]>} Figures one entry per round, by contender */

/** @type {Record<Operation, string>} */
export const operations = {
  view: 'hit, view',
  copy: 'hit, copy',
  miss: 'miss',
  add: 'add + evict',
};

/**
 * How many times as fast sesscache is as the fastest of a group, by operation.
 * @typedef {object} Ratio
 * @property {string} best the fastest of the group, by its median
 * @property {number} median of the rounds' ratios
 * @property {number} low
 * @property {number} high
 */

/** @type {Record<string, (contender: import('./contenders.js').Contender) => boolean>} */
const groups = {
  'JS best that bounds and expires': ({ bounds, expires }) => bounds && expires,
  'JS best that bounds': ({ bounds }) => bounds,
  'Map, which does neither': ({ bounds }) => !bounds,
};

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
 * Median of the rounds' nanoseconds.
 * @param {Figures} figures
 * @returns {Record<string, import('./time.js').Times>}
 */
export function medians(figures) {
  return mapValues(figures, (rounds) =>
    mapValues(operations, (_, operation) => median(rounds.map((times) => times[operation]))),
  );
}

/**
 * Ratios by group and operation; groups of which nobody took part are left out.
 * @param {Figures} figures
 * @returns {Record<string, Record<Operation, Ratio>>}
 */
export function ratios(figures) {
  const ours = figures['sesscache'];
  if (!ours) return {};
  const typical = medians(figures);
  const rivals = Object.keys(figures).filter((name) => name !== 'sesscache' && contenders[name]);
  const entries = Object.entries(groups).flatMap(([group, isIn]) => {
    const members = rivals.filter((name) => isIn(contenders[name]));
    if (members.length === 0) return [];
    const byOperation = mapValues(operations, (_, operation) => {
      const [best] = members.toSorted((a, b) => typical[a][operation] - typical[b][operation]);
      const perRound = ours.map((times, i) => figures[best][i][operation] / times[operation]);
      const [low, high] = [Math.min(...perRound), Math.max(...perRound)];
      return { best, median: median(perRound), low, high };
    });
    return [[group, byOperation]];
  });
  return Object.fromEntries(entries);
}

/**
 * Lines for people: nanoseconds, then ratios, then what they amount to.
 * @param {Figures} figures
 * @returns {string}
 */
export function report(figures) {
  const titles = Object.values(operations);
  const nanoseconds = Object.entries(medians(figures)).map(([name, times]) =>
    [name].concat(Object.values(times).map((time) => time.toFixed(0))),
  );
  const times = table([['nanoseconds per call', ...titles], ...nanoseconds]);
  const found = ratios(figures);
  if (Object.keys(found).length === 0) return times;
  const rows = Object.entries(found).flatMap(([group, byOperation]) => [
    [group, ...Object.values(byOperation).map((ratio) => `${ratio.median.toFixed(2)}×`)],
    ['  lowest and highest round', ...Object.values(byOperation).map(range)],
    ['  namely', ...Object.values(byOperation).map((ratio) => ratio.best)],
  ]);
  return [times, '', table([['sesscache is so fast against', ...titles], ...rows]), '', verdict(found)].join('\n'); // prettier-ignore
}

/** @param {Ratio} ratio */
function range({ low, high }) {
  return `${low.toFixed(2)}–${high.toFixed(2)}`;
}

/**
 * Wins and losses: a win is a ratio above 1 in every round, a loss one below 1 in every round.
 * @param {ReturnType<typeof ratios>} found
 */
function verdict(found) {
  return Object.entries(found)
    .map(([group, byOperation]) => {
      const list = (/** @type {(ratio: Ratio) => boolean} */ is) =>
        Object.entries(byOperation)
          .filter(([, ratio]) => is(ratio))
          .map(([operation]) => operations[/** @type {Operation} */ (operation)])
          .join('; ') || 'nothing';
      const faster = list(({ low }) => low > 1);
      const slower = list(({ high }) => high < 1);
      const even = list(({ low, high }) => low <= 1 && high >= 1);
      return `${group}\n  faster: ${faster}\n  slower: ${slower}\n  undecided: ${even}`;
    })
    .join('\n');
}

/**
 * Columns of equal width, the first one flush left.
 * @param {string[][]} rows
 * @returns {string}
 */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(([first, ...rest]) =>
      [first.padEnd(widths[0]), ...rest.map((cell, i) => cell.padStart(widths[i + 1]))].join('  '),
    )
    .join('\n');
}

/**
 * @template V, W
 * @template {string} K
 * @param {Record<K, V>} record
 * @param {(value: V, key: K) => W} map
 * @returns {Record<K, W>}
 */
function mapValues(record, map) {
  const entries = /** @type {[K, V][]} */ (Object.entries(record));
  return /** @type {Record<K, W>} */ (
    Object.fromEntries(entries.map(([key, value]) => [key, map(value, key)]))
  );
}

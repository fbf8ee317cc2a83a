// The targets of the project, row by row, with the figures reached.

import { DATA_BYTES } from '../data/sessions.js';
import { workloads } from '../workloads/index.js';
import { rowTitle } from './losses.js';
import { median, ratio, US, worst } from './ratios.js';
import { digits, milliseconds, times } from './format.js';

const MIB = 2 ** 20;
const USUAL = 20_480;
const MILLION = 1_000_000;
const JS = 'JS best that bounds';
const OPENSSL = 'OpenSSL in C';

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} must
 * @property {string} aim empty: none
 * @property {string} reached
 * @property {'aim' | 'must' | 'missed'} verdict
 *
 * @typedef {{ value: number, must: number, aim?: number | undefined, text: string }} Goal
 */

/**
 * @param {import('./results.js').Results} results
 * @returns {Row[]} rows whose figures have been measured
 */
export function targets(results) {
  return [
    ...speed(results, 'view', 'hit, view, against the best of JavaScript', JS, [2, 2], [3, 4]),
    ...speed(results, 'view', 'hit, view, against the search of OpenSSL in C', OPENSSL, [1.1, 1.4], [1.5, 2.5]), // prettier-ignore
    ...speed(results, 'tested', 'hit, view, against its search and tests', OPENSSL, [1.1, 1.4], [1.5, 2.5]), // prettier-ignore
    ...speed(results, 'copy', 'hit, copy, against the best of JavaScript', JS, [0.75, 1.2], [1.5, 2]), // prettier-ignore
    ...speed(results, 'miss', 'miss, against the best of JavaScript', JS, [3, 5], [4, 8]),
    ...speed(results, 'evict', 'add + evict, against the best of JavaScript', JS, [1.1, 2.2], [2, 4]), // prettier-ignore
    ...speed(results, 'evict', 'add + evict, against OpenSSL in C', OPENSSL, [3, 3], [5, 5]),
    ...unlike(results),
    ...everyRow(results),
    ...pause(results),
    ...memory(results),
    ...start(results),
  ];
}

/**
 * @param {import('./results.js').Results} results
 * @param {number} size
 */
function figuresAt({ times: sets }, size) {
  return sets.find((set) => set.size === size && set.length === DATA_BYTES)?.figures;
}

/**
 * How many times as fast, at two sizes.
 * @param {import('./results.js').Results} results
 * @param {string} workload
 * @param {string} title
 * @param {string} group
 * @param {[number, number]} must
 * @param {[number, number]} aim
 * @returns {Row[]}
 */
function speed(results, workload, title, group, must, aim) {
  return [USUAL, MILLION].flatMap((size, i) => {
    const figures = figuresAt(results, size);
    const found = figures && ratio(figures, workload, group);
    if (!found) return [];
    const { best, median: value, low, high } = found;
    return [
      {
        title: `${title}, ${size === USUAL ? '20,480' : '1 million'} sessions`,
        must: `≥ ${times(must[i])}`,
        aim: `≥ ${times(aim[i])}`,
        reached: `${times(value)} (${digits(low)}–${digits(high)}, ${best})`,
        verdict: judge(value >= must[i], value >= aim[i]),
      },
    ];
  });
}

/**
 * Mixed timeouts and ids with a common prefix.
 * @param {import('./results.js').Results} results
 * @returns {Row[]}
 */
function unlike(results) {
  const figures = figuresAt(results, USUAL);
  const own = figures?.[US];
  if (!own) return [];
  const openssl = ratio(figures, 'mixedTimeouts', OPENSSL);
  const against = (/** @type {string} */ one, /** @type {string} */ other) =>
    median(own[one].map((value, i) => value / own[other][i]));
  const mixed = against('mixedTimeouts', 'evict');
  const prefix = against('prefix', 'view');
  return [
    atMost('add + evict with mixed timeouts, against uniform ones', mixed, 2, 1.2, times),
    ...(openssl
      ? [
          {
            title: 'the same, against OpenSSL in C',
            must: '≥ 100×',
            aim: '',
            reached: times(openssl.median),
            verdict: judge(openssl.median >= 100, openssl.median >= 100),
          },
        ]
      : []),
    atMost('hit with ids of a common prefix, against random ids', prefix, 1.2, 1.05, times),
  ];
}

/**
 * The least ratio of all rows on any release.
 * @param {import('./results.js').Results} results
 * @returns {Row[]}
 */
function everyRow(results) {
  const found = results.times
    .filter(({ length }) => length === DATA_BYTES)
    .flatMap((set) =>
      Object.keys(workloads).flatMap((workload) => {
        const least = worst(results, set, workload, 'JS best that bounds and expires');
        return least ? [{ ...least, title: rowTitle(workload, set) }] : [];
      }),
    )
    .toSorted((a, b) => a.median - b.median)[0];
  if (!found) return [];
  const { best, median: value, release, title } = found;
  return [
    {
      title: 'the worst row of all, against the best that bounds and expires',
      must: `≥ ${times(1)}`,
      aim: `≥ ${times(1.5)}`,
      reached: `${times(value)} (${title}, ${best}, ${release})`,
      verdict: judge(value >= 1, value >= 1.5),
    },
  ];
}

/**
 * @param {import('./results.js').Results} results
 * @returns {Row[]}
 */
function pause({ pauses }) {
  const own = pauses?.figures[US];
  if (!own) return [];
  const calls = /** @type {const} */ (['fill', 'evict', 'expire', 'clear']);
  const longest = Math.max(...calls.map((phase) => Math.min(...own[phase])));
  const title = `longest single call at ${pauses.size.toLocaleString('en-US')} sessions${pauses.met ? ', its own work' : ''}: filling, evicting, expiring, clearing`;
  return [atMost(title, longest, 2, 0.5, milliseconds)];
}

/**
 * @param {import('./results.js').Results} results
 * @returns {Row[]}
 */
function memory({ weights, millions }) {
  const own = weights?.figures[US];
  if (!own) return [];
  const { number, linear = 0, heap = 0, major = 0 } = own;
  const perMiB = MIB / (linear / number);
  const whole = (/** @type {number} */ value) => Math.floor(value).toLocaleString('en-US');
  return [
    {
      title: 'sessions of 158 bytes in a MiB, everything in linear memory counted',
      must: '≥ 4,300',
      aim: '≥ 6,000',
      reached: whole(perMiB),
      verdict: judge(perMiB >= 4300, perMiB >= 6000),
    },
    atMost('JavaScript heap per cached session', heap / number, 0.999, undefined, (value) =>
      value < 1 ? '0 bytes' : `${digits(value)} bytes`,
    ),
    atMost('full garbage collection', major, 10, undefined, milliseconds),
    ...(millions
      ? [
          {
            title: '20 million sessions in one cache',
            must: 'works',
            aim: '',
            reached: `${whole(millions.found)} of ${whole(millions.asked)} found`,
            verdict: judge(millions.number >= 20e6 && millions.found === millions.asked, true),
          },
        ]
      : []),
  ];
}

/**
 * @param {import('./results.js').Results} results
 * @returns {Row[]}
 */
function start({ start: found }) {
  if (!found) return [];
  const kib = (/** @type {number} */ value) => `${digits(value / 1024)} KB`;
  return [
    atMost('size of the core, gzip', found.core.gzip, 8 * 1024, 5 * 1024, kib),
    atMost('import and first cache', Math.min(...found.milliseconds), 5, 2, milliseconds),
  ];
}

/**
 * @param {string} title
 * @param {number} value
 * @param {number} must
 * @param {number | undefined} aim
 * @param {(value: number) => string} format
 * @returns {Row}
 */
function atMost(title, value, must, aim, format) {
  return {
    title,
    must: must < 1 ? format(must) : `≤ ${format(must)}`,
    aim: aim === undefined ? '' : `≤ ${format(aim)}`,
    reached: format(value),
    verdict: judge(value <= must, value <= (aim ?? must)),
  };
}

/**
 * @param {boolean} must
 * @param {boolean} aim
 * @returns {Row['verdict']}
 */
function judge(must, aim) {
  if (!must) return 'missed';
  return aim ? 'aim' : 'must';
}

// The rows in which another cache is faster, with the reasons. The report and the README begin with
// them.

import { DATA_BYTES } from '../data/sessions.js';
import { titleOf, workloads } from '../workloads/index.js';
import { count, time } from './format.js';
import { median, worst } from './ratios.js';

const JS = 'JS best that bounds';
const OPENSSL = 'OpenSSL in C';

/**
 * A row whose ratio is below 1 on the release of Node on which it is lowest.
 * @typedef {object} Loss
 * @property {import('./results.js').Results['times'][number]} set
 * @property {string} workload
 * @property {string} group
 * @property {import('./ratios.js').Ratio & { release: string }} ratio
 * @property {string} reason
 */

const REFERENCE = 'the others return the array that they were given';
const DROPPED =
  'a removed session is overwritten and its memory freed at once; the others only drop a reference, and the garbage collector does the rest later';

/** @type {Record<string, string>} */
const reasons = {
  view: `the bytes are assembled from a shared template and the session’s own bytes; ${REFERENCE}`,
  copy: `the bytes are copied to a new array; ${REFERENCE}`,
  prefix: `as “hit, view”; ${REFERENCE}`,
  miss: 'each call crosses from JavaScript into WebAssembly and copies the id',
  add: 'a session is checked, and copied into memory that a new cache has not touched yet, with a page fault for each 32 sessions of 160 bytes; the others keep a reference',
  evict: `a session is checked and copied, and ${DROPPED}`,
  mixedTimeouts: `sessions are kept in order of expiry, and ${DROPPED}`,
  remove: DROPPED,
  mixed: 'one call in five adds a session and evicts another: see “add + evict”',
  flush: DROPPED,
  expire: DROPPED,
  revoke: DROPPED,
};

/** @type {Record<string, string>} */
const reasonsInC = {
  view: 'OpenSSL’s figure is for the search alone; it makes none of a handshake’s checks and returns no bytes',
  tested: 'OpenSSL is called from C and returns no bytes',
};

/**
 * @param {import('./results.js').Results} results
 * @returns {Loss[]} by group, the greatest loss first
 */
export function losses(results) {
  return [JS, OPENSSL].flatMap((group) =>
    results.times
      .flatMap((set) =>
        Object.keys(workloads).flatMap((workload) => {
          const ratio = worst(results, set, workload, group);
          if (!ratio || ratio.median >= 1) return [];
          const reason = reasonOf(workload, group) + copyOf(results, set, workload);
          return [{ set, workload, group, ratio, reason }];
        }),
      )
      .toSorted((a, b) => a.ratio.median - b.ratio.median),
  );
}

/**
 * @param {string} workload
 * @param {string} group
 */
function reasonOf(workload, group) {
  const reason = (group === OPENSSL ? reasonsInC[workload] : undefined) ?? reasons[workload];
  if (reason === undefined) throw new Error(`report/losses.js does not say why ${workload} loses`);
  return reason;
}

/** Rows that compare a copy with a reference. */
const COPYING = new Set(['add', 'evict', 'mixedTimeouts', 'copy']);

/**
 * The time of the copy, where sesscache copies and the others do not: added to a reason.
 * @param {import('./results.js').Results} results
 * @param {{ length: number }} set
 * @param {string} workload
 */
export function copyOf({ copies }, { length }, workload) {
  const found = copies?.[length];
  if (!found?.length || !COPYING.has(workload)) return '';
  return ` (to keep a copy of ${count(length)} bytes takes JavaScript ${time(median(found))})`;
}

/**
 * @param {string} workload
 * @param {{ size: number, length: number }} set
 */
export function rowTitle(workload, { size, length }) {
  return `${titleOf(workload)}, ${count(size)}${ofBytes(length)}`;
}

/**
 * The bytes of each session, where they are not the usual ones.
 * @param {number} length
 */
export function ofBytes(length) {
  return length === DATA_BYTES ? '' : ` of ${count(length)} bytes`;
}

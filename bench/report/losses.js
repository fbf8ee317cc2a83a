// What sesscache is slower at than another, and why: the report and the README begin with it.

import { DATA_BYTES } from '../data/sessions.js';
import { titleOf, workloads } from '../workloads/index.js';
import { count } from './format.js';
import { worst } from './ratios.js';

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

const REFERENCE = 'the others hand out the array that they were given';
const DROPPED =
  'what leaves is overwritten and its memory is given back at once; the others drop a reference, and the garbage collector pays later';

/** @type {Record<string, string>} */
const reasons = {
  view: `the bytes are put together from a common template and what is a session’s own; ${REFERENCE}`,
  copy: `the bytes are copied to an array of their own; ${REFERENCE}`,
  prefix: `as “hit, view”; ${REFERENCE}`,
  miss: 'each call crosses from JavaScript into WebAssembly and copies the id',
  add: 'a session is checked and copied into memory that a new cache has yet to get; the others keep a reference',
  evict: `a session is checked and copied, and ${DROPPED}`,
  mixedTimeouts: `sessions are kept in the order in which they expire, and ${DROPPED}`,
  remove: DROPPED,
  mixed: 'one in five calls is an add that evicts: see that row',
  flush: DROPPED,
  expire: DROPPED,
  revoke: DROPPED,
};

/** @type {Record<string, string>} */
const reasonsInC = {
  view: 'OpenSSL’s is its search alone, without the tests of a handshake, and returns no bytes',
  tested: 'OpenSSL is called in C, and returns no bytes',
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
          return [{ set, workload, group, ratio, reason: reasonOf(workload, group) }];
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

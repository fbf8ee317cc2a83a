// The memory of a full cache, and the longest single calls.

import { contenders, OPENSSL } from '../contenders/index.js';
import { TLS12_BYTES, DATA_BYTES } from '../data/sessions.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { table } from '../report/text.js';

const MIB = 2 ** 20;
/** Contenders whose longest calls are timed, a minute each; the others resemble one of these. */
const PAUSING = new Set([
  'sesscache',
  'lru-cache, ttl',
  'quick-lru',
  'ttlcache',
  'lru.min',
  'Map',
  OPENSSL,
]);

/**
 * @param {import('../plan.js').Once} once
 * @param {string[]} names
 * @param {import('./journal.js').Journal} journal
 */
export function weighAll({ size }, names, journal) {
  /** @type {Record<string, import('../measure/memory.js').Weight>} */
  const weights = { ...journal.found['weights']?.figures };
  for (const name of fitting(names, size)) {
    if (name in weights) continue;
    journal.turn(`weighing ${size} sessions: ${name}`);
    weights[name] =
      name === OPENSSL
        ? runNative({ what: 'weigh', size })
        : runChild({ what: 'weigh', name, size, length: TLS12_BYTES });
    journal.keep({ weights: { size, figures: weights } });
  }
  const rows = Object.entries(weights).map(([name, weight]) => {
    const per = (/** @type {number} */ bytes) => (bytes ? (bytes / weight.number).toFixed(0) : '0');
    const fixed = (/** @type {number | undefined} */ value) => value?.toFixed(1) ?? '';
    return [
      name,
      per(weight.linear),
      per(weight.heap),
      per(weight.buffers),
      per(weight.resident),
      (MIB / (weight.resident / weight.number)).toFixed(0),
      weight.linear ? (MIB / (weight.linear / weight.number)).toFixed(0) : '',
      fixed(weight.major),
      fixed(weight.minor?.longest),
    ];
  });
  const head = ['', 'Wasm', 'heap', 'buffers', 'resident', 'per MiB resident', 'per MiB Wasm', 'full GC, ms', 'longest minor GC, ms']; // prettier-ignore
  console.log(`\n${size} sessions of ${TLS12_BYTES} bytes, ids of 32 bytes; bytes per session\n`);
  console.log(table([head, ...rows]));
}

/**
 * @typedef {Record<string, Record<string, number[]>>} ByContender milliseconds by phase
 * @param {import('../plan.js').Once} once
 * @param {string[]} names
 * @param {import('./journal.js').Journal} journal
 */
export function pauseAll({ size, runs }, names, journal) {
  // See Pauses in ../measure/pauses.js. Nothing compiles or collects in OpenSSL: `met` has none of
  // it.
  /** @type {{ size: number, figures: ByContender, met: ByContender }} */
  const found = journal.found['pauses'] ?? { size, figures: {}, met: {} };
  for (const name of fitting(names, size).filter((each) => PAUSING.has(each))) {
    if (name in found.figures) continue;
    journal.turn(`longest calls at ${size} sessions, ${runs} lives: ${name}`);
    if (name === OPENSSL) {
      const lives = Array.from({ length: runs }, () => runNative({ what: 'pauses', size }));
      found.figures[name] = Object.fromEntries(
        Object.keys(lives[0]).map((phase) => [phase, lives.map((life) => life[phase])]),
      );
      journal.keep({ pauses: found });
      continue;
    }
    /** @type {import('../measure/pauses.js').Pauses} */
    const { met, own } = runChild({ what: 'pauses', name, size, length: DATA_BYTES, runs });
    found.figures[name] = listed(own);
    found.met[name] = listed(met);
    journal.keep({ pauses: found });
  }
  const head = ['', ...Object.values(phases)];
  const print = (/** @type {string} */ title, /** @type {ByContender} */ longest) =>
    console.log(`\n${title}\n\n${table([head, ...Object.entries(longest).map(row)])}`);
  print(`longest single call at ${size} sessions, milliseconds: its own work`, found.figures);
  print(`the same with compilers, collections and other programs, best of ${runs}`, found.met);
}

/** @param {import('../measure/pauses.js').ByPhase} longest */
function listed(longest) {
  return Object.fromEntries(Object.entries(longest).map(([phase, value]) => [phase, [value]]));
}

/** What is done to the cache while each call is timed. */
export const phases = {
  fill: 'fill',
  evict: 'add + evict',
  expire: 'expire',
  clear: 'clear',
  expireWhole: 'expire, one call',
  clearWhole: 'clear, one call',
};

/** @param {[string, Record<string, number[]>]} entry */
function row([name, byPhase]) {
  const cells = Object.keys(phases).map((phase) =>
    byPhase[phase] ? Math.min(...byPhase[phase]).toFixed(2) : '',
  );
  return [name, ...cells];
}

/**
 * @param {string[]} names
 * @param {number} size
 */
function fitting(names, size) {
  return names.filter((name) => size <= (contenders[name]?.largest ?? Infinity));
}

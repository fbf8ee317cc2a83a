// What a full cache weighs, and the longest single calls.

import { contenders, OPENSSL } from '../contenders/index.js';
import { TLS12_BYTES, DATA_BYTES } from '../data/sessions.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { table } from '../report/text.js';

const MIB = 2 ** 20;

/**
 * @param {import('../plan.js').Once} once
 * @param {string[]} names
 * @returns {Record<string, Partial<import('../measure/memory.js').Weight>>}
 */
export function weighAll({ size }, names) {
  const taking = fitting(names, size);
  const weights = Object.fromEntries(
    taking.map((name) => {
      console.error(`weighing ${size} sessions: ${name}`);
      if (name === OPENSSL) return [name, runNative({ what: 'weigh', size })];
      return [name, runChild({ what: 'weigh', name, size, length: TLS12_BYTES })];
    }),
  );
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
  return weights;
}

/**
 * @typedef {Record<string, Record<string, number[]>>} ByContender milliseconds by phase
 * @param {import('../plan.js').Once} once
 * @param {string[]} names
 * @returns {{ figures: ByContender, met: ByContender }} see Pauses in ../measure/pauses.js; `met` of
 *   OpenSSL, which nothing compiles or collects, is in `figures`
 */
export function pauseAll({ size, runs }, names) {
  /** @type {{ figures: ByContender, met: ByContender }} */
  const found = { figures: {}, met: {} };
  for (const name of fitting(names, size)) {
    console.error(`longest calls at ${size} sessions, ${runs} lives: ${name}`);
    if (name === OPENSSL) {
      const lives = Array.from({ length: runs }, () => runNative({ what: 'pauses', size }));
      found.figures[name] = Object.fromEntries(
        Object.keys(lives[0]).map((phase) => [phase, lives.map((life) => life[phase])]),
      );
      continue;
    }
    /** @type {import('../measure/pauses.js').Pauses} */
    const { met, own } = runChild({ what: 'pauses', name, size, length: DATA_BYTES, runs });
    found.figures[name] = listed(own);
    found.met[name] = listed(met);
  }
  const head = ['', ...Object.values(phases)];
  const print = (/** @type {string} */ title, /** @type {ByContender} */ longest) =>
    console.log(`\n${title}\n\n${table([head, ...Object.entries(longest).map(row)])}`);
  print(`longest single call at ${size} sessions, milliseconds: its own work`, found.figures);
  print(`the same with compilers, collections and other programs, best of ${runs}`, found.met);
  return found;
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

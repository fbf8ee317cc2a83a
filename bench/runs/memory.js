// What a full cache weighs, and the longest single calls.

import { contenders, OPENSSL } from '../contenders/index.js';
import { TLS12_BYTES, DATA_BYTES } from '../data/sessions.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { table } from '../report/text.js';
import { rotated } from './times.js';

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
 * @param {import('../plan.js').Once} once
 * @param {string[]} names
 * @returns {Record<string, Record<string, number[]>>} milliseconds by contender and phase
 */
export function pauseAll({ size, runs }, names) {
  const taking = fitting(names, size);
  /** @type {Record<string, Record<string, number[]>>} */
  const found = Object.fromEntries(taking.map((name) => [name, {}]));
  for (let run = 0; run < runs; run++) {
    for (const name of rotated(taking, run)) {
      console.error(`longest calls at ${size} sessions, run ${run + 1} of ${runs}: ${name}`);
      const longest =
        name === OPENSSL
          ? runNative({ what: 'pauses', size })
          : runChild({ what: 'pauses', name, size, length: DATA_BYTES });
      for (const [phase, milliseconds] of Object.entries(longest)) {
        (found[name][phase] ??= []).push(milliseconds);
      }
    }
  }
  console.log(
    `\nlongest single call at ${size} sessions, milliseconds, the least of ${runs} runs\n`,
  );
  console.log(table([['', ...Object.values(phases)], ...Object.entries(found).map(row)]));
  return found;
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

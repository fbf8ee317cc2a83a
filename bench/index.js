// `npm run bench`: sesscache beside the caches of JavaScript. Each contender is checked, then timed in
// a process of its own, in rounds that are interleaved: what the machine does meanwhile meets all.

import { writeFileSync } from 'node:fs';
import { check } from './check.js';
import { runChild } from './child.js';
import { contenders, harness } from './contenders.js';
import { machine, versions } from './machine.js';
import { TLS12_BYTES } from './memory.js';
import { parse, usage } from './options.js';
import { medians, ratios, report, table } from './report.js';

/** @type {ReturnType<typeof parse>} */
let options;
try {
  options = parse(process.argv.slice(2));
} catch (error) {
  console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`);
  process.exit(2);
}
const { names, size, seconds, rounds, memory, json } = options;
const about = { machine: machine(), versions: versions(names) };
const { processor, cores, platform, node } = about.machine;
console.log(`${processor}, ${cores} cores, ${platform}, Node ${node}`);
console.log(Object.entries(about.versions).map((entry) => entry.join(' ')).join(', ')); // prettier-ignore

await Promise.all(names.map((name) => check(contenders[name])));
console.log(`checked: ${names.join(', ')}\n`);

const results = memory ? weigh() : time();
if (json !== undefined) {
  writeFileSync(json, `${JSON.stringify({ ...about, ...options, ...results }, null, 2)}\n`);
}

function time() {
  /** @type {import('./report.js').Figures} */
  const figures = Object.fromEntries([...names, harness].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another one.
    for (const name of rotated(Object.keys(figures), round)) {
      figures[name].push(runChild({ what: 'time', name, size, seconds }));
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
    }
  }
  console.log(`${size} sessions of 160 bytes, ids of 32 bytes, median of ${rounds} rounds`);
  console.log(`every figure includes the harness; the others keep data by reference\n`);
  console.log(report(figures));
  return { nanoseconds: medians(figures), ratios: ratios(figures), figures };
}

function weigh() {
  const weights = Object.fromEntries(
    names.map((name) => [name, runChild({ what: 'weigh', name, size, seconds })]),
  );
  const rows = Object.entries(weights).map(([name, weight]) => {
    const per = (/** @type {number} */ bytes) => (bytes / weight.number).toFixed(0);
    return [
      name,
      per(weight.linear),
      per(weight.heap),
      per(weight.buffers),
      per(weight.resident),
      (2 ** 20 / (weight.resident / weight.number)).toFixed(0),
      weight.linear ? (2 ** 20 / (weight.linear / weight.number)).toFixed(0) : '',
      weight.collection.toFixed(1),
    ];
  });
  console.log(`${size} sessions of ${TLS12_BYTES} bytes, ids of 32 bytes; bytes per session\n`);
  const head = ['', 'Wasm', 'heap', 'buffers', 'resident', 'per MiB resident', 'per MiB Wasm', 'full GC, ms']; // prettier-ignore
  console.log(table([head, ...rows]));
  return { weights };
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} by
 */
function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

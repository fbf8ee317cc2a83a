// `npm run bench`: sesscache beside the caches of JavaScript and OpenSSL's own. Each contender is
// checked, then measured in processes of its own. README.md here says how to read it.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { contenders, OPENSSL } from './contenders/index.js';
import { machine, versions } from './machine.js';
import { check } from './measure/check.js';
import { PROCESSOR_TIME } from './measure/clock.js';
import { runChild } from './measure/child.js';
import { buildNative } from './native/build.js';
import { parse, usage } from './options.js';
import { MILLIONS, planOf, QUICK_MILLIONS, SCALE, SCALE_QUICK } from './plan.js';
import { US } from './report/ratios.js';
import { pauseAll, weighAll } from './runs/memory.js';
import { timeStarts } from './runs/start.js';
import { timeKeys } from './runs/keys.js';
import { scaleUp } from './runs/scale.js';
import { timeCopies } from './runs/copies.js';
import { timeCrowds } from './runs/crowds.js';
import { Interval, Journal } from './runs/journal.js';
import { timeReleases } from './runs/releases.js';
import { timeSets } from './runs/times.js';

/** @type {ReturnType<typeof parse>} */
let options;
try {
  options = parse(process.argv.slice(2));
} catch (error) {
  console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`);
  process.exit(2);
}
const { json, processorTime, what } = options;
// The processes that measure inherit it.
if (processorTime) process.env[PROCESSOR_TIME] = '1';
const native = options.names.includes(OPENSSL) ? buildNative() : undefined;
const names = options.names.filter((name) => name !== OPENSSL || (native && 'version' in native));
const about = { machine: machine(), versions: versions(names) };
if (native && 'version' in native) about.versions[OPENSSL] = native.version;

const { processor, cores, platform, node } = about.machine;
console.log(`${processor}, ${cores} cores, ${platform}, Node ${node}`);
console.log(Object.entries(about.versions).map((entry) => entry.join(' ')).join(', ')); // prettier-ignore
if (native && 'missing' in native) console.log(`${OPENSSL} is left out: ${native.missing}`);

const inJavaScript = names.filter((name) => name in contenders);
await Promise.all(inJavaScript.map((name) => check(contenders[name])));
console.log(`checked: ${names.join('; ')}`);

const journal = new Journal({
  file: json,
  about: { ...about, what, quick: options.quick, processorTime },
  resume: options.resume,
  minutes: options.minutes,
});
try {
  run();
} catch (error) {
  if (!(error instanceof Interval)) throw error;
  console.error(`${error.message}; the same command with --resume goes on`);
  process.exitCode = 3;
}
console.log(`\n${journal.seconds} seconds in all`);

function run() {
  const plan = planOf(options);
  if (what === 'scale') {
    const usual = options.quick ? SCALE_QUICK : SCALE;
    const sizes = options.sizes.length > 0 ? options.sizes : usual;
    scaleUp(sizes, names, (scale) => journal.keep({ scale }));
    if (names.includes(US)) journal.keep({ millions: fillMillions(options.quick) });
    return;
  }
  if (what === 'keys') {
    journal.keep({ keys: timeKeys(plan.times[0], names) });
    return;
  }
  if (what !== 'memory') {
    /** @type {import('./runs/times.js').TimedSet[]} */
    const times = (journal.found['times'] ??= []);
    timeSets(plan.times, () => names, {
      found: times,
      turn: (title) => journal.turn(title),
      keep: () => journal.keep({ times }),
    });
    timeCopies(plan.times, journal);
    if (plan.crowds.length > 0) timeCrowds(plan.crowds, names, journal);
    timeReleases(options.runtimes, plan.releases, names, journal);
  }
  if (what !== 'times') {
    weighAll(plan.weigh, names, journal);
    pauseAll(plan.pauses, names, journal);
    if (journal.found['start']) return;
    journal.turn('import and first cache');
    journal.keep({ start: { core: coreSize(), ...timeStarts(plan.starts) } });
  }
}

/** @param {boolean} briefly */
function fillMillions(briefly) {
  const size = briefly ? QUICK_MILLIONS : MILLIONS;
  /** @type {import('./measure/millions.js').Millions} */
  const filled = runChild({ what: 'millions', name: US, size });
  const { asked, found, memory, number } = filled;
  const each = (memory / number).toFixed(0);
  console.log(`\n${number} sessions of 20 bytes: ${found} of ${asked} found, ${each} bytes each`);
  return filled;
}

/** Bytes of the core as shipped. */
function coreSize() {
  const core = readFileSync(new URL('../dist/core.wasm', import.meta.url));
  return { bytes: core.length, gzip: gzipSync(core, { level: 9 }).length };
}

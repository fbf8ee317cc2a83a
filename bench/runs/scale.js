// How cost grows with the number of sessions.

import { freemem } from 'node:os';
import { contenders, OPENSSL } from '../contenders/index.js';
import { DATA_BYTES, TLS12_BYTES } from '../data/sessions.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { table } from '../report/text.js';

/** Below this a process takes a moment, so three are run for their median. */
const SMALL = 300_000;
/** Most bytes of a session. Sizes that would not fit into free memory are left out. */
const MOST_BYTES = { sesscache: 300, [OPENSSL]: 1200, others: 1000 };
/** Below this the memory of the process itself hides that of the cache. */
const LEAST_WEIGHED = 50_000;
const SECONDS = 0.2;
/** Contenders by default; the others resemble one of these. */
const NAMES = ['sesscache', 'lru-cache, ttl', 'mnemonist', 'Map', OPENSSL];
/** The most sessions of contenders that would take minutes each. */
const MOST_SESSIONS = { 'lru-cache, ttl': 4_000_000, mnemonist: 1_000_000, [OPENSSL]: 4_000_000 };

/**
 * @typedef {Record<string, number>} Point `size` and nanoseconds, bytes, milliseconds
 * @param {number[]} sizes
 * @param {string[]} names
 * @param {(points: Record<string, Point[]>) => void} keep called when there are more
 * @returns {void}
 */
export function scaleUp(sizes, names, keep) {
  const taking = NAMES.filter((name) => names.includes(name));
  /** @type {Record<string, Point[]>} */
  const points = Object.fromEntries(taking.map((name) => [name, []]));
  for (const size of sizes) {
    for (const name of taking) {
      const why = hindrance(name, size);
      if (why !== undefined) {
        console.log(`${name} is left out at ${size} sessions: ${why}`);
        continue;
      }
      console.error(`${size} sessions: ${name}`);
      points[name].push(measure(name, size));
      keep(points);
    }
  }
  for (const [key, title] of Object.entries(measures)) {
    const digits = key === 'major' ? 2 : 0;
    const rows = taking.map((name) => {
      const bySize = new Map(points[name].map((point) => [point.size, point[key]]));
      return [name].concat(sizes.map((size) => bySize.get(size)?.toFixed(digits) ?? ''));
    });
    console.log(`\n${title}\n`);
    console.log(table([['', ...sizes.map(String)], ...rows]));
  }
}

/** @type {Record<string, string>} */
export const measures = {
  view: 'hit, nanoseconds',
  miss: 'miss, nanoseconds',
  evict: 'add + evict, nanoseconds',
  resident: 'resident bytes per session',
  major: 'full collection, milliseconds',
};

/**
 * @param {string} name
 * @param {number} size
 * @returns {Point}
 */
function measure(name, size) {
  const runs = Array.from({ length: size < SMALL ? 3 : 1 }, () =>
    name === OPENSSL
      ? runNative({ what: 'time', size, seconds: SECONDS, scope: 'basic' })
      : runChild({
          what: 'time',
          name,
          size,
          length: DATA_BYTES,
          seconds: SECONDS,
          scope: 'basic',
        }),
  );
  const weight =
    name === OPENSSL
      ? runNative({ what: 'weigh', size })
      : runChild({ what: 'weigh', name, size, length: TLS12_BYTES });
  const least = (/** @type {string} */ key) => Math.min(...runs.map((run) => run[key]));
  return {
    size,
    view: least('view'),
    miss: least('miss'),
    evict: least('evict'),
    ...(size >= LEAST_WEIGHED && { resident: weight.resident / weight.number }),
    ...(weight.linear > 0 && { linear: weight.linear / weight.number }),
    ...(weight.major !== undefined && { major: weight.major }),
  };
}

/**
 * @param {string} name
 * @param {number} size
 * @returns {string | undefined} why it cannot be done
 */
function hindrance(name, size) {
  const most = Math.min(
    contenders[name]?.largest ?? Infinity,
    MOST_SESSIONS[/** @type {keyof typeof MOST_SESSIONS} */ (name)] ?? Infinity,
  );
  if (size > most) return `it is taken to ${most}`;
  const each = MOST_BYTES[/** @type {keyof typeof MOST_BYTES} */ (name)] ?? MOST_BYTES.others;
  if (size * each > freemem()) return `${Math.ceil((size * each) / 2 ** 30)} GiB are not free`;
  return undefined;
}

/* oxlint-disable no-await-in-loop -- the ways take turns, and none runs beside another */

// `npm run bench:external`: what a lookup in a second level adds, in latency and in CPU time of this
// process: a plain get callback straight to the store, and attachExternal over the same store. The
// ways take turns in each round; printed is the median of the rounds. `--lookups`, `--rounds`.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { attachExternal, memoryStore } from '../dist/external/index.js';
import { Session, SessionCache, SessionCacheMode } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    lookups: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '9' },
  },
});
const LOOKUPS = Number(values.lookups);
const ROUNDS = Number(values.rounds);
const SESSIONS = 1000;
/** How many are looked up at once where lookups overlap, and how many ask for one id. */
const AT_ONCE = 50;
const JOINED = 10;
const NO_INTERNAL = SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL;

/** Where the sessions are. `open` returns the store and what closes it. */
export const STORES = {
  memory: { open: async () => ({ store: memoryStore({ size: 2 ** 20 }), close: async () => {} }) },
};

/** What stands between cache and store; each returns what takes it away again. */
const WAYS = {
  'plain callback': plain,
  'attachExternal, unsealed': (cache, store) => attach(cache, store, {}),
  'attachExternal, sealed': (cache, store) => attach(cache, store, { keys: [randomBytes(32)] }),
};

const ids = Array.from({ length: SESSIONS }, () => randomBytes(32));
const strangers = Array.from({ length: SESSIONS }, () => randomBytes(32));

/** What is looked up; each says how many lookups it did. */
const WORKLOADS = {
  hit: async (cache) => one(cache, ids),
  miss: async (cache) => one(cache, strangers),
  [`hit, ${AT_ONCE} at once`]: async (cache) => {
    for (let i = 0; i < LOOKUPS; i += AT_ONCE) {
      const group = Array.from({ length: AT_ONCE }, (_, j) => ids[(i + j) % SESSIONS]);
      await Promise.all(group.map((id) => cache.resumeSessionAsync(id)));
    }
  },
  [`joined, ${JOINED} for one id`]: async (cache) => {
    for (let i = 0; i < LOOKUPS; i += JOINED) {
      const id = ids[i % SESSIONS];
      await Promise.all(Array.from({ length: JOINED }, () => cache.resumeSessionAsync(id)));
    }
  },
};

/** @param {SessionCache} cache @param {Uint8Array[]} wanted */
async function one(cache, wanted) {
  for (let i = 0; i < LOOKUPS; i++) await cache.resumeSessionAsync(wanted[i % SESSIONS]);
}

/** What one writes without us: no seal, no deadline, no breaker. */
function plain(cache, store) {
  cache.setNewSessionCallback((_connection, session) => {
    void store.set(Buffer.from(session.id).toString('hex'), session.data, 300_000);
  });
  cache.setGetSessionCallback(async (_connection, id) => {
    const data = await store.get(Buffer.from(id).toString('hex'));
    return data ? new Session({ id, data, timeout: 300 }) : undefined;
  });
  return async () => {};
}

function attach(cache, store, options) {
  const own = { ...store, isLocal: options.keys === undefined };
  const external = attachExternal(cache, own, { absentFor: 0, ...options });
  return () => external.close();
}

for (const [name, { open }] of Object.entries(STORES)) {
  const { store, close } = await open();
  console.log(`\n${name} store, Node ${process.version}: µs per lookup, elapsed / CPU time`);
  for (const [title, run] of Object.entries(WORKLOADS)) await compare(title, run, store);
  await writes(store);
  await close();
}

/** @typedef {{ elapsed: number, cpu: number }} Time in microseconds */

/** One row for each way. */
async function compare(title, run, store) {
  const ways = Object.entries(WAYS).map(([way, put]) => {
    const { cache, end, ready } = filled(put, store);
    /** @type {Time[]} */
    const times = [];
    return { way, cache, end, ready, times };
  });
  for (const { cache, ready } of ways) {
    await ready();
    await run(cache); // compiled, and warm
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const { cache, times } = ways[(round + turn) % ways.length];
      times.push(await timed(() => run(cache)));
    }
  }
  for (const { way, times, end, cache } of ways) {
    print(title, way, times, LOOKUPS);
    await end();
    cache.close();
  }
}

/** What making a session costs: sealing and queueing, in the handshake; sending it, after. */
async function writes(store) {
  for (const [way, put] of Object.entries(WAYS)) {
    const times = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const cache = new SessionCache({ mode: NO_INTERNAL });
      const end = put(cache, store);
      const made = ids.map((id) => new Session({ id, data: new Uint8Array(170), timeout: 300 }));
      const time = await timed(async () => {
        for (const session of made) cache.finishHandshake('server', session);
      });
      if (round > 0) times.push(time);
      await end();
      cache.close();
    }
    print('make a session', way, times, SESSIONS);
  }
}

/** A cache with nothing inside, and the sessions in the store. */
function filled(put, store) {
  const cache = new SessionCache({ mode: NO_INTERNAL });
  const end = put(cache, store);
  for (const id of ids) {
    const session = new Session({ id, data: new Uint8Array(170), timeout: 300 });
    cache.finishHandshake('server', session);
  }
  const ready = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  return { cache, end, ready };
}

async function timed(run) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const elapsed = (performance.now() - start) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { elapsed, cpu: user + system };
}

function print(title, way, times, count) {
  const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1] / count;
  const elapsed = median(times.map((time) => time.elapsed)).toFixed(1);
  const cpu = median(times.map((time) => time.cpu)).toFixed(1);
  console.log(`${title.padEnd(22)} ${way.padEnd(26)} ${elapsed.padStart(7)} / ${cpu.padStart(6)}`);
}

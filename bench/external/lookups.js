// Latency and CPU time that a lookup adds to this process: with a plain get callback that calls the
// store itself, and with attachExternal. The ways take turns in each round.

import { randomBytes } from 'node:crypto';
import { attachExternal } from '../../dist/external/index.js';
import { Session, SessionCache, SessionCacheMode } from '../../dist/index.js';

const SESSIONS = 1000;
/** How many lookups run at once, and how many of them are for one id. */
const AT_ONCE = 50;
const JOINED = 10;
const NO_INTERNAL = SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL;

/** The ways to connect cache and store; each returns a function that disconnects them. */
const WAYS = {
  'plain callback': plain,
  'attachExternal, unsealed': (cache, { store }) => attach(cache, store, {}),
  'attachExternal, sealed': (cache, { store }) => attach(cache, store, { keys: [randomBytes(32)] }),
};

const ids = Array.from({ length: SESSIONS }, () => randomBytes(32));
const strangers = Array.from({ length: SESSIONS }, () => randomBytes(32));

/** The workloads; each does its work `count` times. */
const WORKLOADS = {
  hit: (cache, count) => one(cache, ids, count),
  miss: (cache, count) => one(cache, strangers, count),
  [`hit, ${AT_ONCE} at once`]: async (cache, count) => {
    for (let i = 0; i < count; i += AT_ONCE) {
      const group = Array.from({ length: AT_ONCE }, (_, j) => ids[(i + j) % SESSIONS]);
      await Promise.all(group.map((id) => cache.resumeSessionAsync(id)));
    }
  },
  [`joined, ${JOINED} for one id`]: async (cache, count) => {
    for (let i = 0; i < count; i += JOINED) {
      const id = ids[i % SESSIONS];
      await Promise.all(Array.from({ length: JOINED }, () => cache.resumeSessionAsync(id)));
    }
  },
};

/** @param {SessionCache} cache @param {Uint8Array[]} wanted @param {number} count */
async function one(cache, wanted, count) {
  for (let i = 0; i < count; i++) await cache.resumeSessionAsync(wanted[i % SESSIONS]);
}

/**
 * @typedef {{ elapsed: number, cpu: number }} Time microseconds for each
 * @typedef {{ workload: string, way: string, median: Time, rounds: Time[] }} Row
 */

/**
 * @param {import('./stores.js').Opened} opened
 * @param {{ lookups: number, rounds: number }} options
 * @returns {Promise<Row[]>}
 */
export async function measureLookups(opened, { lookups, rounds }) {
  const rows = [];
  for (const [workload, run] of Object.entries(WORKLOADS)) {
    const ways = [];
    for (const [way, put] of Object.entries(WAYS)) ways.push(await filled(way, put, opened));
    for (const { cache } of ways) await run(cache, lookups); // compiled, and warm
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < ways.length; turn++) {
        const { cache, times } = ways[(round + turn) % ways.length];
        times.push(await timed(() => run(cache, lookups), lookups));
      }
    }
    for (const { way, times, end, cache } of ways) {
      rows.push({ workload, way, median: medianOf(times), rounds: times });
      await end();
      cache.close();
    }
  }
  for (const [way, put] of Object.entries(WAYS)) {
    rows.push(await measureMaking(way, put, opened, rounds));
  }
  return rows;
}

/** The cost of a new session: sealing and queueing during the handshake, sending afterwards. */
async function measureMaking(way, put, opened, rounds) {
  /** @type {Time[]} */
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const cache = new SessionCache({ mode: NO_INTERNAL });
    const end = put(cache, opened);
    const made = ids.map((id) => new Session({ id, data: new Uint8Array(170), timeout: 300 }));
    const make = async () => {
      for (const session of made) cache.finishHandshake('server', session);
    };
    const time = await timed(make, SESSIONS);
    if (round > 0) times.push(time);
    await end();
    cache.close();
  }
  return { workload: 'make a session', way, median: medianOf(times), rounds: times };
}

/** What a program would write itself: no seal, no deadline, no breaker. */
function plain(cache, { get, set }) {
  let last = Promise.resolve();
  cache.setNewSessionCallback((_connection, session) => {
    last = set(Buffer.from(session.id).toString('hex'), Buffer.from(session.data), 300_000);
  });
  cache.setGetSessionCallback(async (_connection, id) => {
    const data = await get(Buffer.from(id).toString('hex'));
    return data ? new Session({ id, data, timeout: 300 }) : undefined;
  });
  return () => last;
}

function attach(cache, store, options) {
  // A long deadline, as only the time that this package adds is measured.
  const own = { ...bound(store), isLocal: options.keys === undefined };
  const external = attachExternal(cache, own, { absentFor: 0, deadline: 5000, ...options });
  return () => external.close();
}

function bound(store) {
  return {
    get: (key) => store.get(key),
    set: (key, value, ttlMs) => store.set(key, value, ttlMs),
    delete: (key) => store.delete(key),
    take: (key) => store.take(key),
  };
}

/** An empty cache, with all sessions in the store. */
async function filled(way, put, opened) {
  const cache = new SessionCache({ mode: NO_INTERNAL });
  const end = put(cache, opened);
  for (const id of ids) {
    const session = new Session({ id, data: new Uint8Array(170), timeout: 300 });
    cache.finishHandshake('server', session);
  }
  await until(() => cache.resumeSessionAsync(ids.at(-1)));
  /** @type {Time[]} */
  const times = [];
  return { way, cache, end, times };
}

async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** @returns {Promise<Time>} */
async function timed(run, count) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const elapsed = (performance.now() - start) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { elapsed: elapsed / count, cpu: (user + system) / count };
}

/** @param {Time[]} times @returns {Time} */
function medianOf(times) {
  const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
  return {
    elapsed: median(times.map((time) => time.elapsed)),
    cpu: median(times.map((time) => time.cpu)),
  };
}

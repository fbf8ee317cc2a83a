// The thread of lock.js: one call after the other, as long as it is told to.

import { parentPort, workerData } from 'node:worker_threads';
import { Session } from 'sesscache';
import { joinSharedCache } from 'sesscache/threads';
import { makeIds } from './ids.js';

const { handle, sessions } = workerData;
/** @type {Int32Array} */
const state = workerData.state;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const cache = joinSharedCache(handle);
const data = Buffer.alloc(180, 'session ');
/** Milliseconds: of other work for each call of `server`. A resumed handshake takes longer. */
const WORK = 0.3;

/** Ids of three times the size of the cache: an add of each in turn always evicts another. */
const ids = makeIds(3 * sessions);

function add(i) {
  cache.addSession(new Session({ id: ids[i % ids.length], data, timeout: 1e6 }));
}

function fill() {
  cache.flushSessions(0);
  for (let i = 0; i < sessions; i++) add(i);
}

/** What is measured, and what is done between rounds of as many calls as there are sessions. */
const tasks = {
  lookups: { call: (i) => cache.resumeSession(ids[(i * 7919) % sessions]) },
  adds: { call: add },
  replacements: { call: (i) => add(i % sessions) },
  removals: { call: (i) => cache.removeSessionById(ids[i % sessions]), refill: fill },
  /** A full handshake: makes a session and stores it. */
  'stored handshakes': {
    call() {
      cache.startHandshake('server');
      const session = cache.createSession({ data });
      cache.finishHandshake('server', session);
    },
  },
  /** A resumed handshake of TLS 1.3: takes the session out, and stores another. */
  'single use': {
    call(i) {
      const found = cache.resumeSession(ids[i % sessions]);
      if (found) cache.removeSession(found);
      add(i % sessions);
    },
  },
  /** The same, by a server that does something else for most of the time. */
  server: {
    call(i) {
      const end = performance.now() + WORK;
      tasks['single use'].call(i);
      while (performance.now() < end);
    },
  },
};

port.on('message', (task) => {
  const { call, refill } = tasks[task];
  fill();
  port.postMessage('begins');
  let count = 0;
  let milliseconds = 0;
  let start = performance.now();
  while (Atomics.load(state, 0) === 1) {
    call(count++);
    if (refill === undefined || count % sessions !== 0) continue;
    milliseconds += performance.now() - start;
    Atomics.store(state, 1, 1);
    refill();
    Atomics.store(state, 1, 0);
    start = performance.now();
  }
  milliseconds += performance.now() - start;
  port.postMessage({ count, milliseconds });
});
port.postMessage('ready');

// The page of the tests of `sesscache/threads`: shares a cache with two workers.

import { Session } from '../sesscache/web/sesscache.js';
import { createSharedCache } from '../sesscache/web/threads.js';

/** An id of a number; of 32 bytes, what lookups without the lock are for. */
function idOf(key, length = 32) {
  return new Uint8Array(length).fill(key & 0xff);
}

async function run() {
  const result = { isIsolated: crossOriginIsolated };
  if (!crossOriginIsolated) {
    try {
      createSharedCache();
    } catch (error) {
      result.refused = error.code;
      result.message = error.message;
    }
    return result;
  }

  const cache = createSharedCache({ size: 1000, maxMemory: 2 ** 24 });
  const data = new TextEncoder().encode('of the page');
  cache.addSession(new Session({ id: idOf(1), data, timeout: 1000 }));
  cache.addSession(new Session({ id: idOf(2, 16), data, timeout: 1000 }));
  const state = new Int32Array(new SharedArrayBuffer(4));
  const workers = [1, 2].map((thread) => start(cache, state, thread));
  await Promise.all(workers.map(({ says }) => says('joined')));
  result.threads = cache.threadStats().threads;

  // All at once: the page looks up what the workers add, replace and remove.
  const churns = workers.map(({ ask, says }) => (ask('churn'), says('churned')));
  const end = performance.now() + 300;
  let slow = 0;
  let found = 0;
  let torn = 0;
  for (let key = 0; performance.now() < end; key = (key + 1) % 200) {
    const before = performance.now();
    const session = cache.resumeSession(idOf(key));
    if (performance.now() - before > 50) slow++;
    if (session === undefined) continue;
    found++;
    if (key !== 1 && session.data.some((byte) => byte !== (key & 0xff))) torn++;
    if (found % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  Atomics.store(state, 0, 1);
  const counts = await Promise.all(churns);
  result.found = found > 0;
  result.torn = torn + counts.reduce((sum, { torn: of }) => sum + of, 0);
  result.seen = counts.every(({ found: of }) => of > 0);
  result.wasQuick = slow < 4; // the collector may run in it, or the page have no processor

  // A worker that stays with the lock: the page does without at once, the other after 0.1 s.
  workers[0].ask('hold');
  await workers[0].says('holding');
  const before = performance.now();
  const whileHeld = {
    free: cache.resumeSession(idOf(1)),
    locked: cache.resumeSession(idOf(2, 16)),
  };
  let code;
  try {
    cache.addSession(new Session({ id: idOf(3), data, timeout: 1000 }));
  } catch (error) {
    code = error.code;
  }
  result.held = {
    withoutLock: new TextDecoder().decode(whileHeld.free?.data),
    withLock: whileHeld.locked === undefined ? 'missed' : 'found',
    add: code,
    wasQuick: performance.now() - before < 50,
  };
  workers[1].ask('look');
  const { waited, isFound } = await workers[1].says('looked');
  result.other = { isFound, waited: waited > 80 && waited < 1000 };

  // It is terminated with the lock: the cache is emptied, and goes on.
  workers[0].worker.terminate();
  for (let i = 0; i < 200 && cache.threadStats().threads > 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  result.afterwards = {
    threads: cache.threadStats().threads,
    recoveries: cache.threadStats().recoveries,
    number: cache.stats().number,
    added: cache.addSession(new Session({ id: idOf(3), data, timeout: 1000 })),
  };
  workers[1].ask('look for 3');
  result.afterwards.isSeen = (await workers[1].says('looked')).isFound;
  workers[1].worker.terminate();
  cache.close();
  return result;
}

function start(cache, state, thread) {
  const worker = new Worker('/shared/worker.mjs', { type: 'module' });
  const handle = cache.share();
  worker.postMessage({ handle, state, thread }, [handle.port]);
  worker.addEventListener('error', (event) => {
    globalThis.outcome = { error: `worker: ${event.message}` };
  });
  const waiting = new Map();
  const told = new Map();
  worker.addEventListener('message', ({ data: [what, value] }) => {
    if (waiting.has(what)) waiting.get(what)(value);
    else told.set(what, value);
  });
  return {
    worker,
    ask: (what) => worker.postMessage(what),
    says: (what) =>
      new Promise((resolve) => {
        const settle = (value) => {
          waiting.delete(what);
          resolve(value);
        };
        if (told.has(what)) {
          const value = told.get(what);
          told.delete(what);
          settle(value);
        } else waiting.set(what, settle);
      }),
  };
}

run().then(
  (result) => (globalThis.outcome = { result, violations: [] }),
  (error) => (globalThis.outcome = { error: `${error.message} ${error.stack}`, violations: [] }),
);

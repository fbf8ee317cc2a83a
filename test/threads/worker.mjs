// A thread of the tests here: does what `workerData.role` says on the cache that it joins.

import { constants } from 'node:crypto';
import { createServer } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { Session } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { joinSharedCache } from 'sesscache/threads';

const { handle, role } = workerData;

/** Changes what the core of this thread exports, before it joins. */
function alter(change) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...given) {
    const { exports } = new Instance(...given);
    return { exports: { ...exports, ...change(exports) } };
  };
}

if (workerData.isBroken) alter(() => ({ beginWrite() {}, endWrite() {} }));
if (role === 'read halfway') {
  alter(({ read }) => ({
    read(...given) {
      if (read(...given) !== 2) throw new Error('nothing was read');
      parentPort.postMessage('read');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  }));
}

const clocks = {
  limit: () => 1000,
  /** A flush asks it with the lock. */
  stay() {
    parentPort.postMessage('holding');
    for (;;);
  },
};
const cache = joinSharedCache(handle, { now: clocks[role] });

/** The id of a key. */
function idOf(key) {
  const id = Buffer.alloc(32, key & 0xff);
  id.writeUInt32LE(key);
  return id;
}

/** Bytes that say whose they are: any other bytes under this id are an error. */
function dataOf(key, length) {
  const data = Buffer.alloc(length, `MARK${key},`);
  data.writeUInt32LE(key, 0);
  return data;
}

const roles = {
  /** Rounds of a few calls each, all threads beginning at once; what each gave goes to main. */
  async history({ clock, barrier, thread, threads, rounds }) {
    for (const [round, calls] of rounds.entries()) {
      Atomics.add(barrier, round, 1);
      while (Atomics.load(barrier, round) < threads);
      const history = [];
      for (const { call, key, value } of calls) {
        const start = Atomics.add(clock, 0, 1);
        let result = act(call, key, value);
        if (result instanceof Promise) result = await result;
        history.push({ call, key, value, result, start, end: Atomics.add(clock, 0, 1) });
      }
      parentPort.postMessage({ round, thread, history });
    }
  },

  /** Stays with the lock. */
  stay() {
    cache.flushSessions();
  },

  /** Anything, for ever, with as much of it as can be inside of the cache. */
  churn({ seed, keys }) {
    let state = seed;
    const random = (below) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    parentPort.postMessage('ready');
    for (;;) {
      const key = random(keys);
      try {
        switch (random(12)) {
          case 0: {
            cache.removeSessionById(idOf(key));
            break;
          }
          case 1: {
            cache.revoke({ tag: `tag ${key % 4}` });
            break;
          }
          case 2: {
            if (random(40) === 0) cache.flushSessions(0);
            break;
          }
          case 3: {
            for (const session of cache) if (!check(session)) throw new Error('foreign bytes');
            break;
          }
          case 4: {
            const found = cache.resumeSession(idOf(key));
            found?.setTimeout(100 + random(1000));
            if (found && !check(found)) throw new Error('foreign bytes');
            break;
          }
          default: {
            const tags = random(2) ? [`tag ${key % 4}`, `own ${key}`] : [];
            const length = 20 + (random(8) ? random(900) : random(16_000));
            cache.addSession(
              new Session({ id: idOf(key), data: dataOf(key, length), tags, timeout: 1000 }),
            );
          }
        }
      } catch (error) {
        if (error.code !== 'ERR_SESSCACHE_BUSY') throw error;
      }
    }
  },

  /** Adds, replaces and removes sessions that another thread reads. */
  replace({ stop, keys }) {
    for (let i = 0; Atomics.load(stop, 0) === 0; i++) {
      const key = i % keys;
      if (i % 7 === 0) cache.removeSessionById(idOf(key));
      else {
        const data = dataOf(key, 40 + ((i * 37) % 400));
        const tags = i % 3 ? [] : [`tag ${key}`];
        cache.addSession(new Session({ id: idOf(key), data, tags, timeout: 1000 }));
      }
    }
    parentPort.close();
  },

  /** Looks whether the sessions it finds are whole. */
  look({ stop, keys, isBroken }) {
    let found = 0;
    let torn = 0;
    for (let i = 0; Atomics.load(stop, 0) === 0; i++) {
      const key = i % keys;
      const session = cache.resumeSession(idOf(key));
      if (session === undefined) continue;
      found++;
      const isTagged = session.tags.length > 0;
      const isOwn = !isTagged || Buffer.from(session.tags[0]).toString() === `tag ${key}`;
      if (check(session, key) && isOwn) continue;
      torn++;
      if (isBroken) break;
    }
    parentPort.postMessage({ found, torn });
  },

  'read halfway'() {
    cache.resumeSession(Buffer.alloc(32, 1));
  },

  /** BoringSSL's SessionCacheThreads: handshakes that store, in a cache that is too small. */
  limit({ thread, stores, size, start }) {
    Atomics.add(start, 0, 1);
    while (Atomics.load(start, 0) < start[1]);
    let most = 0;
    for (let i = 0; i < stores; i++) {
      const key = thread * 1_000_000 + i;
      // Every other one has expired by the time of the automatic flushes.
      const time = i % 2 ? 1000 : 0;
      const session = new Session({ id: idOf(key), data: dataOf(key, 100), time, timeout: 500 });
      cache.startHandshake('server');
      cache.finishHandshake('server', session);
      most = Math.max(most, cache.stats().number);
      if (most > size) break;
    }
    parentPort.postMessage(most);
  },

  /** Takes sessions that all others take as well. */
  take({ start, keys }) {
    Atomics.add(start, 0, 1);
    while (Atomics.load(start, 0) < start[1]);
    const taken = [];
    for (let key = 0; key < keys; key++) {
      const found = cache.resumeSession(idOf(key));
      if (found && cache.removeSession(found)) taken.push(key);
    }
    parentPort.postMessage(taken);
  },

  /** A TLS server that shares its sessions. */
  serve({ certificate, tag }) {
    const server = createServer(
      {
        ...certificate,
        secureOptions: constants.SSL_OP_NO_TICKET,
        sessionIdContext: 'threads',
      },
      (socket) => socket.on('error', () => {}).end('hello'),
    );
    const attached = attachServer(server, cache, {
      namespace: 'threads',
      tls13: true,
      tags: () => [tag],
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
    parentPort.on('message', (message) => {
      if (message === 'stats') parentPort.postMessage(attached.stats());
      else parentPort.postMessage(attached.revoke(message));
    });
  },

  /** Calls that main asks for, one by one. */
  obey() {
    parentPort.on('message', ([method, ...args]) => {
      try {
        const given = args.map((arg) => (arg?.id ? new Session(arg) : arg));
        const result = cache[method](...given);
        parentPort.postMessage({
          result:
            result instanceof Session ? { data: result.data, timeout: result.timeout } : result,
        });
      } catch (error) {
        parentPort.postMessage({ error: error.code ?? String(error) });
      }
    });
    parentPort.postMessage('ready');
  },
};

function check(session, expected) {
  const { id, data } = session;
  if (data.length === 0) return expected === undefined; // gone meanwhile
  const key = Buffer.from(id).readUInt32LE();
  if (expected !== undefined && key !== expected) return false;
  return Buffer.from(data).equals(dataOf(key, data.length));
}

/** By key, the session that this thread has found last. */
const held = new Map();

/** One call of a history. Values are the sessions' lengths. */
function act(call, key, value) {
  switch (call) {
    case 'add': {
      const tags = [`tag ${key % 2}`];
      const session = { id: idOf(key), data: dataOf(key, value), tags, timeout: 1000 };
      return cache.addSession(new Session(session));
    }
    case 'resume': {
      const found = cache.resumeSession(idOf(key));
      if (found && !check(found)) throw new Error('foreign bytes');
      return found?.data.length ?? 0;
    }
    case 'resumeAsync': {
      return cache.resumeSessionAsync(idOf(key)).then((found) => {
        if (found && !check(found)) throw new Error('foreign bytes');
        return found?.data.length ?? 0;
      });
    }
    case 'find': {
      const found = cache.findSession(idOf(key));
      if (found && !check(found)) throw new Error('foreign bytes');
      if (found) held.set(key, found);
      return found?.data.length ?? 0;
    }
    case 'accept': {
      const session = held.get(key);
      if (session === undefined) return undefined;
      const { length } = session.data;
      return { length, isAccepted: cache.acceptSession(session) };
    }
    case 'remove': {
      return cache.removeSessionById(idOf(key));
    }
    case 'revoke': {
      return cache.revoke({ tag: `tag ${key % 2}` });
    }
    case 'flush': {
      return cache.flushSessions(0);
    }
    case 'setTimeout': {
      return cache.setTimeout(value);
    }
    default: {
      return cache.stats().number;
    }
  }
}

roles[role](workerData);

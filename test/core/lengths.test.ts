// Arrays of a caller that lie about their length, or change it while a call goes on: a call takes
// the bytes that are there, or throws a TypeError or RangeError and changes nothing. The cache
// lives.

import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodePEM,
  decodeSession,
  encodePEM,
  encodeSession,
  peekSession,
} from '../../bindings/asn1/index.ts';
import { attachExternal, type ExternalStore, memoryStore } from '../../bindings/external/index.ts';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import {
  deriveSessionIdContext,
  Session,
  SessionCache,
  SessionCacheMode,
  type SessionOptions,
} from '../../bindings/index.ts';
import { hexOf } from '../support/bytes.ts';
import { liarsOf, resizable } from '../support/liars.ts';
import { everyField, recordedBytes } from '../asn1/support.ts';
import { cacheAt, errorOf, id, NOW, PROFILES, session } from '../manual/support.ts';

const test = suite('arrays that lie about their length');

const CONTEXT = new Uint8Array(20).fill(7);
const TAG = new Uint8Array(12).fill(8);

/** A cache of 50 sessions, with contexts and tags. */
function filled(profile: (typeof PROFILES)[number]): SessionCache {
  const { cache } = cacheAt({ profile, sessionIdContext: CONTEXT, size: 1000 });
  for (let n = 0; n < 50; n++) cache.addSession(kept(n));
  return cache;
}

function kept(n: number): Session {
  const data = new Uint8Array(100).fill(n);
  return session(n, { data, sessionIdContext: CONTEXT, tags: n < 3 ? [TAG] : [] });
}

/** What the public API takes bytes for; each does what it does with bytes of the given length. */
const DOORS: Record<string, [Uint8Array, (cache: SessionCache, bytes: Uint8Array) => unknown]> = {
  'new Session, id': [id(60), (cache, given) => added(cache, session(60, { id: given }))],
  'new Session, data': [CONTEXT, (cache, data) => added(cache, session(60, { data }))],
  'new Session, data of 2,000 bytes': [
    new Uint8Array(2000).fill(3),
    (cache, data) => added(cache, session(60, { data })),
  ],
  'new Session, sessionIdContext': [
    CONTEXT,
    (cache, sessionIdContext) => added(cache, session(60, { sessionIdContext })),
  ],
  'new Session, tags': [TAG, (cache, tag) => added(cache, session(60, { tags: [tag] }))],
  'addSession, id': [
    id(60),
    (cache, given) => addedOptions(cache, { id: given, data: CONTEXT, sessionIdContext: id(7) }),
  ],
  'addSession, data': [
    CONTEXT,
    (cache, data) => addedOptions(cache, { id: id(60), data, sessionIdContext: id(7) }),
  ],
  'addSession, sessionIdContext': [
    id(7),
    (cache, sessionIdContext) => addedOptions(cache, { id: id(60), data: TAG, sessionIdContext }),
  ],
  setId: [
    id(60),
    (cache, given) => {
      const made = session(61);
      made.setId(given);
      return added(cache, made);
    },
  ],
  'setSessionIdContext of a session': [
    CONTEXT,
    (cache, context) => cache.resumeSession(id(5))!.setSessionIdContext(context),
  ],
  'setSessionIdContext of a cache': [
    CONTEXT,
    (cache, context) => {
      cache.setSessionIdContext(context);
      return cache.resumeSession(id(5)) === undefined;
    },
  ],
  resumeSession: [id(5), (cache, given) => hexOf(cache.resumeSession(given)!.data)],
  'resumeSession, sessionIdContext': [
    CONTEXT,
    (cache, sessionIdContext) => hexOf(cache.resumeSession(id(5), { sessionIdContext })!.data),
  ],
  viewSession: [id(5), (cache, given) => hexOf(cache.viewSession(given)!.data)],
  'viewSession, id': [id(5), (cache, given) => hexOf(cache.viewSession(given)!.id)],
  findSession: [id(5), (cache, given) => hexOf(cache.findSession(given)!.data)],
  hasMatchingSessionId: [id(5), (cache, given) => cache.hasMatchingSessionId(given)],
  removeSessionById: [id(5), (cache, given) => cache.removeSessionById(given)],
  revoke: [TAG, (cache, tag) => cache.revoke({ tag })],
  'createSession, id and data': [
    id(60),
    (cache, given) => added(cache, cache.createSession({ id: given, data: given })),
  ],
  'generate callback': [
    id(60),
    (cache, given) => {
      cache.setGenerateSessionIdCallback(() => given);
      return added(cache, cache.createSession());
    },
  ],
  'get callback': [
    CONTEXT,
    (cache, data) => {
      cache.setGetSessionCallback(() => session(60, { data, sessionIdContext: CONTEXT }));
      cache.resumeSession(id(60));
      return hexOf(cache.findSession(id(60))!.data);
    },
  ],
  'options of a cache': [
    CONTEXT,
    (_cache, given) => {
      const seed = new Uint8Array(16).fill(4);
      return new SessionCache({ sessionIdContext: given, seed }).getCacheSize();
    },
  ],
  deriveSessionIdContext: [
    CONTEXT,
    async (_cache, given) => hexOf(await deriveSessionIdContext({ given, list: [given] })),
  ],
  'forge, peer': [TAG, (cache, peer) => typeof forgeSessionCache(cache, { role: 'client', peer })],
  'forge, tags and context': [
    TAG,
    (cache, bytes) =>
      typeof forgeSessionCache(cache, { role: 'server', tags: [bytes], sessionIdContext: bytes }),
  ],
  decodeSession: [
    recordedBytes[0]!,
    (_cache, bytes) => shown(decodeSession(bytes, { secrets: true })),
  ],
  peekSession: [recordedBytes[0]!, (_cache, bytes) => shown(peekSession(bytes))],
  'encodeSession, id': [
    id(1),
    (_cache, given) => hexOf(encodeSession({ ...everyField(), id: given })),
  ],
  'encodeSession, hostname': [
    CONTEXT,
    (_cache, hostname) => hexOf(encodeSession({ ...everyField(), hostname })),
  ],
  'encodeSession, peer': [
    everyField().peer!,
    (_cache, peer) => hexOf(encodeSession({ ...everyField(), peer })),
  ],
  encodePEM: [bare(), (_cache, der) => hexOf(encodePEM(der))],
  decodePEM: [encodePEM(bare()), (_cache, pem) => hexOf(decodePEM(pem))],
};

function bare(): Uint8Array {
  return encodeSession({ ...everyField(), envelope: undefined });
}

function added(cache: SessionCache, made: Session): unknown {
  if (!cache.addSession(made)) return false;
  const { id: own, sessionIdContext, tags } = made; // its data is the caller's array
  const found = cache.findSession(own, { sessionIdContext });
  return [hexOf(own), hexOf(sessionIdContext), tags.map(hexOf), hexOf(found!.data)];
}

function addedOptions(cache: SessionCache, options: SessionOptions): unknown {
  const known = new Set(Array.from(cache, ({ serial }) => serial));
  cache.addSession({ ...options, time: NOW });
  const found = [...cache].find(({ serial }) => !known.has(serial))!;
  return [found.id, found.sessionIdContext, found.data].map(hexOf);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    return part instanceof Uint8Array ? hexOf(part) : typeof part === 'bigint' ? `${part}n` : part;
  });
}

/** That the 50 sessions are there, but those of `gone`, and that all operations still work. */
function assertAlive(cache: SessionCache, what: string): void {
  cache.setGetSessionCallback(undefined);
  cache.setGenerateSessionIdCallback(undefined);
  for (let n = 10; n < 50; n++) {
    const found = cache.findSession(id(n), { sessionIdContext: CONTEXT });
    assert.ok(
      found?.data.every((byte) => byte === n) && found.data.length === 100,
      `${what}: ${n}`,
    );
  }
  assert.ok(cache.addSession(kept(99)), what);
  assert.ok(cache.flushSessions(0) >= 41, what);
  assert.ok(cache.addSession(kept(99)), what);
  cache.close();
}

for (const profile of PROFILES) {
  for (const [door, [honest, call]] of Object.entries(DOORS)) {
    test(`${door} takes the bytes that are there or refuses them, profile ${profile}`, async () => {
      const expected = await call(filled(profile), honest);
      for (const { name, bytes, isNone } of liarsOf(honest)) {
        const cache = filled(profile);
        const before = cache.stats();
        let result: unknown;
        try {
          result = await call(cache, bytes);
        } catch (error) {
          assert.ok(
            error instanceof TypeError || error instanceof RangeError,
            `${name}: ${(error as Error).stack}`,
          );
          assert.match(error.message, /^"/, `${name}: ${error.message}`);
          assert.ok(isNone, `${name} is refused: ${error.message}`);
          assert.is(cache.stats().number, before.number, name);
          assertAlive(cache, name);
          continue;
        }
        assert.ok(!isNone || result === undefined, `${name} is taken`);
        assert.is(JSON.stringify(result), JSON.stringify(expected), name);
        assertAlive(cache, name);
      }
    });
  }
}

/** Calls that run code of the user, which is given the array to change. */
const CHANGING: Record<string, (given: Uint8Array, change: () => void) => unknown> = {
  'now() of an add': (data, change) => {
    const cache = new SessionCache({ now: () => (change(), 1000), mode: UPDATE_TIME });
    const made = session(1, { time: 1000, data });
    const result = cache.addSession(made);
    return [result, cache.stats().number];
  },
  'now() of a lookup': (sessionIdContext, change) => {
    const cache = new SessionCache({ now: () => (change(), 1000) });
    cache.addSession(session(1, { time: 1000 }));
    return typeof cache.resumeSession(id(1), { sessionIdContext });
  },
  'a getter of an option of new Session': (data, change) => {
    const tags = ['x'];
    Object.defineProperty(tags, 0, { get: () => (change(), 'x') });
    return new Session({ id: id(1), data, sessionIdContext: data.subarray(0, 16), tags });
  },
  'a getter of the options of createSession': (data, change) => {
    const cache = new SessionCache();
    const made = cache.createSession({
      id: id(1),
      data,
      get tags() {
        change();
        return [];
      },
    });
    return cache.addSession(made);
  },
  'the generate callback': (given, change) => {
    const cache = new SessionCache({ sessionIdContext: given.subarray(0, 16) });
    cache.setGenerateSessionIdCallback(() => (change(), id(1)));
    return cache.addSession(cache.createSession({ data: given }));
  },
  'the get callback': (data, change) => {
    const cache = new SessionCache();
    const made = session(1, { data, time: Math.floor(Date.now() / 1000) });
    cache.setGetSessionCallback(() => (change(), made));
    return cache.resumeSession(id(1))?.id;
  },
  'the new callback': (data, change) => {
    const cache = new SessionCache();
    cache.setNewSessionCallback(() => (change(), false));
    cache.startHandshake('server');
    return cache.finishHandshake('server', session(1, { data }));
  },
  'a getter of encodeSession': (hostname, change) =>
    encodeSession({
      ...everyField(),
      hostname,
      get ticketAgeAdd() {
        change();
        return 5;
      },
    }),
  'a getter of decodeSession': (_given, change) => {
    const at = resizable(recordedBytes[0]!, 300_000);
    const options = {
      get secrets() {
        change();
        at.resize(200_000);
        return true as const;
      },
    };
    return decodeSession(at.bytes, options);
  },
  'a getter of forge': (sessionIdContext, change) => {
    const options = {
      role: 'client' as const,
      peer: sessionIdContext.subarray(0, 16),
      get onError() {
        change();
        return undefined;
      },
      sessionIdContext: sessionIdContext.subarray(0, 16),
    };
    return typeof forgeSessionCache(new SessionCache(), options);
  },
  'a getter of deriveSessionIdContext': (b, change) =>
    deriveSessionIdContext({
      a: b,
      get c() {
        change();
        return 'x';
      },
    }),
};
const UPDATE_TIME = SessionCacheMode.SERVER | SessionCacheMode.UPDATE_TIME;

for (const [what, call] of Object.entries(CHANGING)) {
  for (const [how, shared, length] of [
    ['grows', false, 200_000],
    ['grows in shared memory', true, 200_000],
    ['shrinks', false, 3],
    ['is emptied', false, 0],
  ] as const) {
    test(`an array that ${how} in ${what} is taken as it was or is, or refused`, async () => {
      const given = resizable(new Uint8Array(32).fill(6), 300_000, shared);
      try {
        await call(given.bytes, () => given.resize(length));
      } catch (error) {
        assert.ok(
          error instanceof TypeError || error instanceof RangeError,
          (error as Error).stack ?? '',
        );
        assert.match(error.message, /^"/);
      }
    });
  }
}

test('an array that another thread makes longer all the time ends no cache, and no call', async () => {
  const most = 40_000;
  const shared = resizable(new Uint8Array(1), most, true);
  const worker = new Worker(
    `const { workerData: buffer } = require('node:worker_threads');
    for (let n = 2; n <= ${most}; n++) { buffer.grow(n); for (let i = 0; i < 500; i++); }`,
    { eval: true, workerData: shared.bytes.buffer },
  );
  const cache = filled('manual');
  let [taken, refused] = [0, 0];
  const end = Date.now() + 10_000;
  while (shared.bytes.length < most && Date.now() < end) {
    for (const use of [
      () => cache.addSession(session(70, { data: shared.bytes, sessionIdContext: CONTEXT })),
      () => cache.resumeSession(shared.bytes),
      () => cache.resumeSession(id(5), { sessionIdContext: shared.bytes }),
      () => cache.revoke({ tag: shared.bytes }),
    ]) {
      try {
        use();
        taken++;
      } catch (error) {
        assert.instance(error, RangeError);
        refused++;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await worker.terminate();
  assert.ok(taken > 0 && refused > 0, `${taken} taken, ${refused} refused`);
  assertAlive(cache, 'the cache');
});

test('a store, and a channel, whose arrays lie: a miss at worst', async () => {
  const inner = memoryStore();
  for (const [at, { name }] of liarsOf(id(1)).entries()) {
    const lying: ExternalStore = {
      get: async (key) => {
        const value = await inner.get(key);
        return value && liarsOf(value)[at]!.bytes;
      },
      set: (key, value, ttl) => inner.set(key, value, ttl),
      delete: (key) => inner.delete(key),
      channel: null,
    };
    const keys = [Uint8Array.from({ length: 32 }, (_, i) => i)];
    const writer = new SessionCache();
    const one = attachExternal(writer, inner, { keys });
    writer.startHandshake('server');
    writer.finishHandshake('server', session(1, { time: Math.floor(Date.now() / 1000) }));
    await one.flush();
    const reader = new SessionCache();
    const errors: unknown[] = [];
    const two = attachExternal(reader, lying, {
      keys,
      onError: (error) => void errors.push(error),
    });
    const found = await reader.resumeSessionAsync(id(1));
    assert.equal(errors, [], name);
    if (liarsOf(id(1))[at]!.isNone) assert.is(two.stats().misses.unreadable, 1, name);
    else assert.equal(found?.data, Uint8Array.of(1), name);
    await Promise.all([one.detach(), two.detach()]);
  }
});

test('the keys of a store that lie about their length are the bytes that are there', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  for (const { name, bytes, isNone } of liarsOf(key)) {
    const attach = (): void =>
      void attachExternal(new SessionCache(), memoryStore(), { keys: [bytes], namespace: bytes });
    if (isNone) assert.instance(errorOf(attach), TypeError, name);
    else attach();
  }
  for (const { bytes, isNone } of liarsOf(new Uint8Array(16).fill(1))) {
    if (isNone) continue;
    const attach = (): void =>
      void attachExternal(new SessionCache(), memoryStore(), { keys: [bytes] });
    assert.match(errorOf(attach).message, 'got 16');
  }
});

test.run();

// Sessions saved and restored: what is kept, and which streams are refused.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { Session, SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import {
  RestoreError,
  type RestoreOptions,
  restoreSessions,
  restoreSessionsFromFile,
  saveSessions,
  saveSessionsToFile,
} from '../../bindings/warm-restart/index.ts';
import { key, remote } from '../external/support.ts';
import { seededRandom } from '../support/random.ts';

const test = suite('saveSessions, restoreSessions');
const FRAME = 65_536;
const keys = [key(1)];
const now = Math.floor(Date.now() / 1000);

const caches: SessionCache[] = [];
test.after.each(() => {
  for (const cache of caches.splice(0)) cache.close();
});

function newCache(options = {}): SessionCache {
  const cache = new SessionCache({ size: 0, timeout: 7200, ...options });
  caches.push(cache);
  return cache;
}

/** A cache with sessions of all kinds, which differ in all that is kept. */
function filled(count: number, size = 160): SessionCache {
  const cache = newCache();
  for (let i = 0; i < count; i++) {
    const session = new Session({
      id: Buffer.from(`session ${i}`.padEnd(32, '.')),
      data: randomBytes(size),
      protocolVersion: i % 2 === 0 ? 0x0303 : 0x0304,
      sessionIdContext: Buffer.from(`context ${i % 3}`),
      time: now - (i % 50),
      timeout: i === 7 ? 2n ** 60n : 3600 + i,
      authTime: now - (i % 50) - (i % 7),
      extendedMasterSecret: i % 5 === 0,
      tags: i % 4 === 0 ? [`user ${i % 10}`, 'all'] : [],
    });
    cache.addSession(session);
  }
  return cache;
}

/** All that there is to know of the sessions of a cache, by id. */
function contentOf(cache: SessionCache): Map<string, unknown[]> {
  const all = [...cache].map((session): [string, unknown[]] => [
    Buffer.from(session.id).toString('latin1'),
    [
      Buffer.from(session.data).toString('base64'),
      session.protocolVersion,
      Buffer.from(session.sessionIdContext).toString('base64'),
      String(session.time),
      String(session.timeout),
      String(session.authTime),
      session.extendedMasterSecret,
      session.tags.map((tag) => Buffer.from(tag).toString()),
      session.isResumable,
    ],
  ]);
  return new Map(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function save(cache: SessionCache, options = {}): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  await saveSessions(cache, (chunk) => frames.push(Buffer.from(chunk)), { keys, ...options });
  return frames;
}

/**
 * Asserts that a stream is refused with a code, and that the cache keeps what it had and no more.
 */
async function refused(
  stream: Iterable<Uint8Array>,
  code: string,
  options: Partial<RestoreOptions> = {},
): Promise<void> {
  const cache = filled(3);
  const before = contentOf(cache);
  let error: unknown;
  await restoreSessions(cache, stream, { keys, ...options }).catch((e: unknown) => (error = e));
  assert.instance(error, RestoreError, code);
  assert.is((error as RestoreError).code, code, (error as RestoreError).message);
  assert.equal(contentOf(cache), before);
}

/** The stream, as another process would have it: this one remembers which it has restored. */
async function freshStream(count = 900): Promise<Buffer[]> {
  return save(filled(count));
}

test('keeps version, context, times, authTime, tags and the session itself', async () => {
  const cache = filled(1000);
  const before = contentOf(cache);
  const frames = await save(cache);
  assert.is(cache.stats().number, 0, 'they have moved');
  const other = newCache();
  const report = await restoreSessions(other, frames, { keys });
  assert.equal(report, { restored: 1000, expired: 0, refused: 0, damaged: 0, saved: 1000 });
  assert.equal(contentOf(other), before);
  assert.is(other.revoke({ tag: 'all' }), 250);
});

test('no session and no id is to be seen in the stream', async () => {
  const cache = newCache();
  const data = randomBytes(100);
  const id = randomBytes(32);
  cache.addSession(new Session({ id, data, timeout: 300 }));
  const stream = Buffer.concat(await save(cache));
  for (const secret of [data, id]) {
    for (let at = 0; at + 8 <= secret.length; at += 8) {
      assert.is(stream.indexOf(secret.subarray(at, at + 8)), -1);
    }
  }
});

test('what has expired or may not be resumed is left behind', async () => {
  const cache = filled(10);
  cache.addSession(new Session({ id: randomBytes(32), time: now - 1000, timeout: 10 }));
  cache.addSession(new Session({ id: randomBytes(32), timeout: 300, notResumable: true }));
  const frames: Uint8Array[] = [];
  const report = await saveSessions(cache, (chunk) => frames.push(chunk), { keys });
  assert.equal({ ...report, bytes: 0 }, { saved: 10, expired: 1, bytes: 0 });
  assert.is(report.bytes, frames.length * FRAME);
  assert.is(cache.stats().number, 0);
  const other = newCache();
  assert.is((await restoreSessions(other, frames, { keys })).restored, 10);
});

test('sessions that expire between the two are not restored', async () => {
  let seconds = now;
  const cache = newCache({ now: () => seconds });
  cache.addSession(new Session({ id: randomBytes(32), time: now, timeout: 10 }));
  cache.addSession(new Session({ id: randomBytes(32), time: now, timeout: 1000 }));
  const frames = await save(cache);
  seconds += 100;
  const report = await restoreSessions(newCache({ now: () => seconds }), frames, { keys });
  assert.equal(report, { restored: 1, expired: 1, refused: 0, damaged: 0, saved: 2 });
});

test('what `viewSession` has lent is wiped when the session moves', async () => {
  const cache = newCache();
  const id = randomBytes(32);
  cache.addSession(new Session({ id, data: randomBytes(64), timeout: 300 }));
  const lent = cache.viewSession(id)!.data;
  assert.ok(lent.some((byte) => byte !== 0));
  await save(cache);
  assert.ok(lent.every((byte) => byte === 0));
});

test('the remove callback is told `flushed`, and a store behind the cache keeps the session', async () => {
  const store = memoryStore();
  const cache = newCache();
  const external = attachExternal(cache, remote(store), { keys: [key(2)] });
  const left: string[] = [];
  cache.setRemoveSessionCallback((_cache, session, cause) => {
    assert.ok(session.data.length > 0);
    left.push(cause);
  });
  const session = cache.createSession({ data: randomBytes(50) });
  cache.finishHandshake('server', session);
  await external.flush();
  const written = external.stats().written;
  await save(cache);
  await external.flush();
  assert.equal(left, ['flushed']);
  assert.equal(external.stats().written, written, 'nothing is deleted in the store');
  external.detach();
});

test('a frame that is damaged loses its own sessions, and no others', async () => {
  const cache = filled(900);
  const before = contentOf(cache);
  const frames = await save(cache);
  assert.ok(frames.length >= 5, `${frames.length} frames`);
  const perFrame: number[] = [];
  for (let damaged = 0; damaged < frames.length; damaged++) {
    for (const at of [0, 10, 26, 30, 5000, FRAME - 1]) {
      const stream = frames.map((frame) => Buffer.from(frame));
      stream[damaged]![at]! ^= 0x40;
      // As another process would: this one has seen the stream.
      const { restored, damaged: count, saved, content } = await restoreElsewhere(stream);
      assert.is(count, 1);
      assert.is(saved, 900);
      for (const [id, session] of content) assert.equal(session, before.get(id));
      assert.is(content.size, restored);
      if (at === 0) perFrame[damaged] = 900 - restored;
      else assert.is(900 - restored, perFrame[damaged], `byte ${at} of frame ${damaged}`);
    }
  }
  assert.is(
    perFrame.reduce((sum, lost) => sum + lost, 0),
    900,
    'each session is in one frame',
  );
  assert.equal(perFrame.slice(-2), [0, 0], 'the end is there twice');
});

/** Restores in a module of its own, which has seen no stream. */
let copies = 0;
async function restoreElsewhere(
  stream: readonly Uint8Array[],
): Promise<{ restored: number; damaged: number; saved: number; content: Map<string, unknown[]> }> {
  const url = new URL(`../../bindings/warm-restart/restore.ts?copy=${copies++}`, import.meta.url);
  const { restoreSessions: restore } = (await import(url.href)) as {
    restoreSessions: typeof restoreSessions;
  };
  const cache = newCache();
  const report = await restore(cache, stream, { keys });
  return { ...report, content: contentOf(cache) };
}

test('a stream that ends early is refused, wherever', async () => {
  const frames = await freshStream();
  for (let length = 0; length < frames.length; length++) {
    const stream = frames.slice(0, length);
    const code = 'ERR_SESSCACHE_TRUNCATED';
    // The first attempt has been seen: what follows is of other streams.
    const fresh = length < 2 ? stream : (await freshStream()).slice(0, length);
    await refused(fresh, code);
  }
  const cut = Buffer.concat(await freshStream());
  await refused([cut.subarray(0, cut.length - 1)], 'ERR_SESSCACHE_TRUNCATED');
  await refused([], 'ERR_SESSCACHE_TRUNCATED');
  await refused(
    [Buffer.concat([...(await freshStream()), Buffer.of(0)])],
    'ERR_SESSCACHE_TRUNCATED',
  );
});

test('frames out of order, repeated, left out or of two streams are refused', async () => {
  const code = 'ERR_SESSCACHE_MIXED';
  const changes: ((frames: Buffer[], others: Buffer[]) => Buffer[])[] = [
    ([a, b, ...rest]) => [b!, a!, ...rest],
    ([a, ...rest]) => [a!, a!, ...rest],
    ([a, , ...rest]) => [a!, ...rest],
    ([, ...rest]) => rest,
    ([a, b, ...rest], others) => [a!, b!, ...others.slice(2, 3), ...rest.slice(1)],
    (frames, others) => [...frames, ...others],
    (frames, others) => [...frames.slice(0, -2), ...others.slice(-2)],
  ];
  for (const change of changes) {
    await refused(change(await freshStream(), await freshStream()), code);
  }
});

test('another key, another binding, and what is no stream are refused', async () => {
  await refused(await freshStream(), 'ERR_SESSCACHE_SEAL', { keys: [key(9)] });
  await refused(await freshStream(), 'ERR_SESSCACHE_SEAL', { binding: 'another service' });
  await refused([randomBytes(3 * FRAME)], 'ERR_SESSCACHE_FORMAT');
  await refused([Buffer.alloc(FRAME)], 'ERR_SESSCACHE_FORMAT');
  const bound = await save(filled(10), { binding: 'a service' });
  const report = await restoreSessions(newCache(), bound, { keys, binding: 'a service' });
  assert.is(report.restored, 10);
});

test('keys of sesscache/external seal here too, and open nothing of each other', async () => {
  const frames = await save(filled(10), { keys: [key(3), key(4)] });
  const rotated = { keys: [key(5), key(3)] };
  assert.is((await restoreSessions(newCache(), frames, rotated)).restored, 10);
});

test('a stream that was restored before, or has been tried, is refused', async () => {
  const frames = await freshStream();
  await restoreSessions(newCache(), frames, { keys });
  await refused(frames, 'ERR_SESSCACHE_REPLAYED');
  const tried = await freshStream();
  await refused(tried.slice(0, 2), 'ERR_SESSCACHE_TRUNCATED');
  await refused(tried, 'ERR_SESSCACHE_REPLAYED');
});

test('a stream that is older than maxAge or from the future is refused', async () => {
  const { now: real } = Date;
  try {
    for (const [shift, code] of [
      [601, 'ERR_SESSCACHE_STALE'],
      [-61, 'ERR_SESSCACHE_STALE'],
    ] as const) {
      const frames = await freshStream();
      Date.now = () => real() + shift * 1000;
      await refused(frames, code);
      Date.now = real;
    }
    const frames = await freshStream();
    Date.now = () => real() + 2000_000;
    const report = await restoreSessions(newCache(), frames, { keys, maxAge: 3000 });
    assert.is(report.restored + report.expired, 900);
  } finally {
    Date.now = real;
  }
});

test('what was revoked, or is there already, is not brought back', async () => {
  const cache = filled(900);
  const frames = await save(cache);
  const other = filled(1);
  const own = contentOf(other);
  function* source(): Generator<Uint8Array, void, undefined> {
    yield frames[0]!;
    other.revoke({ tag: 'all' });
    yield* frames.slice(1);
  }
  const report = await restoreSessions(other, source(), { keys });
  assert.is(report.refused > 100, true);
  const content = contentOf(other);
  for (const [id, session] of content) {
    if (own.has(id)) assert.equal(session, own.get(id));
    assert.equal(session[7], [], 'none with the tag');
  }
});

test('a cache that is full keeps to its size; a failure of the clock undoes all', async () => {
  const small = newCache({ size: 100 });
  await restoreSessions(small, await freshStream(), { keys });
  assert.is(small.stats().number, 100);
  let calls = 0;
  const broken = newCache({
    now: () => {
      if (++calls > 2) throw new Error('no clock');
      return now;
    },
  });
  await restoreSessions(broken, await freshStream(), { keys }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'no clock'),
  );
  assert.is(broken.stats().number, 0);
});

test('ids, contexts and sessions of any length, also of a packed kind', async () => {
  const cache = newCache();
  const alike = randomBytes(400);
  for (let i = 1; i <= 320; i++) {
    const data = i % 3 === 0 ? Buffer.concat([alike, randomBytes(50)]) : randomBytes(i * 7);
    const session = new Session({
      id: randomBytes(1 + (i % 32)),
      data: i === 11 ? new Uint8Array(0) : data,
      sessionIdContext: i % 3 === 0 ? Buffer.from('alike') : randomBytes(i % 33),
      time: now,
      timeout: 3600,
    });
    cache.addSession(session);
  }
  const before = contentOf(cache);
  const other = newCache();
  const report = await restoreSessions(other, await save(cache), { keys });
  assert.is(report.restored, before.size);
  assert.equal(contentOf(other), before);
});

test('a cache without room tells its remove callback of each that leaves, in both profiles', async () => {
  for (const profile of ['manual', 'openssl-3.0'] as const) {
    for (const limit of [{ size: 100 }, { maxBytes: 40_000 }]) {
      const cache = newCache({ profile, ...limit });
      let evicted = 0;
      cache.setRemoveSessionCallback((_cache, session, cause) => {
        if (session.data.length === 160 && cause === 'evicted') evicted++;
      });
      const report = await restoreSessions(cache, await freshStream(), { keys });
      assert.is(report.restored, 900, profile);
      assert.ok(evicted > 0, profile);
      assert.is(cache.stats().number, 900 - evicted, profile);
    }
  }
});

test('with UPDATE_TIME the sessions that come back begin anew', async () => {
  const mode = SessionCacheMode.SERVER | SessionCacheMode.UPDATE_TIME;
  const cache = newCache({ mode, now: () => now + 5 });
  await restoreSessions(cache, await freshStream(), { keys });
  assert.ok([...cache].every(({ time }) => time === now + 5));
});

test('others have their turn within a frame, however long each session takes', async () => {
  let [callbacks, most] = [0, 0];
  const slow = (): void => {
    most = Math.max(most, ++callbacks);
    for (const end = performance.now() + 0.5; performance.now() < end;);
  };
  let isOver = false;
  const tick = (): void => {
    callbacks = 0;
    if (!isOver) setImmediate(tick);
  };
  tick();
  try {
    const cache = newCache({ size: 1 });
    cache.setRemoveSessionCallback(slow);
    await restoreSessions(cache, await freshStream(), { keys });
    assert.ok(most > 1 && most <= 32, `restored: ${most} in one turn`);
    const full = filled(900);
    full.setRemoveSessionCallback(slow);
    most = 0;
    await save(full);
    assert.ok(most > 1 && most <= 32, `saved: ${most} in one turn`);
  } finally {
    isOver = true;
  }
});

test('a cache that is closed meanwhile ends it', async () => {
  const closing = filled(900);
  closing.setRemoveSessionCallback(() => closing.close());
  const failures: string[] = [];
  const note = (error: { code?: string }): void => void failures.push(error.code ?? String(error));
  await save(closing).catch(note);
  const small = newCache({ size: 1 });
  small.setRemoveSessionCallback(() => small.close());
  await restoreSessions(small, await freshStream(), { keys }).catch(note);
  assert.equal(failures, ['ERR_SESSCACHE_CLOSED', 'ERR_SESSCACHE_CLOSED']);
});

test('a destination that fails ends it; what was not handed over stays', async () => {
  const cache = filled(900);
  let taken = 0;
  await saveSessions(
    cache,
    () => {
      if (taken++ === 1) throw new Error('full');
    },
    { keys },
  ).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'full'),
  );
  const { number } = cache.stats();
  assert.ok(number > 300 && number < 700, `${number} are left`);
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('broken')) });
  stream.on('error', () => {});
  await saveSessions(cache, stream, { keys }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'broken'),
  );
});

test('a signal ends the wait for a destination that takes nothing; the rest stays', async () => {
  const stuck = new Writable({ highWaterMark: 1, write() {} });
  for (const destination of [stuck, () => new Promise(() => {})]) {
    const cache = filled(900);
    await saveSessions(cache, destination, { keys, signal: AbortSignal.timeout(50) }).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.name, 'TimeoutError'),
    );
    const { number } = cache.stats();
    assert.ok(number > 300 && number < 900, `${number} are left`);
  }
  stuck.destroy();
  const cache = filled(20);
  let calls = 0;
  const signal = AbortSignal.abort();
  await saveSessions(cache, () => calls++, { keys, signal }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, 'AbortError'),
  );
  assert.equal([cache.stats().number, calls], [20, 0], 'nothing has moved');
});

test('a source that fails, gives something else or goes silent undoes all', async () => {
  const [first] = await freshStream();
  const cache = newCache();
  const failing = Readable.from(
    (function* fail() {
      yield first;
      throw new Error('lost');
    })(),
  );
  await restoreSessions(cache, failing, { keys }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'lost'),
  );
  assert.is(cache.stats().number, 0);
  const [again] = await freshStream();
  async function* silent(): AsyncGenerator<Uint8Array, void, undefined> {
    yield again!;
    await new Promise(() => {});
  }
  const signal = AbortSignal.timeout(100);
  await restoreSessions(cache, silent(), { keys, signal }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, 'TimeoutError'),
  );
  assert.is(cache.stats().number, 0);
  const text = ['text'] as unknown as Uint8Array[];
  await restoreSessions(cache, text, { keys }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /"source" expected chunks of Uint8Array/),
  );
});

test('through a unix socket, in pieces of any size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-socket-'));
  const path = join(folder, 'socket');
  const cache = filled(2000);
  const before = contentOf(cache);
  const server = createServer(async (socket) => {
    await saveSessions(cache, socket, { keys, binding: 'challenge' });
    socket.end();
  });
  server.listen(path);
  await once(server, 'listening');
  const other = newCache();
  const report = await restoreSessions(other, createConnection(path), {
    keys,
    binding: 'challenge',
  });
  server.close();
  rmSync(folder, { recursive: true });
  assert.is(report.restored, 2000);
  assert.equal(contentOf(other), before);
});

test('a file: 0600, restored once, deleted whatever comes of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-file-'));
  const path = join(folder, 'sessions');
  try {
    assert.is(await restoreSessionsFromFile(newCache(), path, { keys }), undefined);
    await saveSessionsToFile(filled(20), path, { keys });
    assert.equal(readdirSync(folder), ['sessions']);
    assert.is(statSync(path).mode & 0o777, 0o600);
    const both = await Promise.all(
      [newCache(), newCache()].map((cache) => restoreSessionsFromFile(cache, path, { keys })),
    );
    assert.equal(both.map((report) => report?.restored).toSorted(), [20, undefined]);
    assert.equal(readdirSync(folder), []);

    const fails = async (code: string): Promise<void> => {
      let error: unknown;
      await restoreSessionsFromFile(newCache(), path, { keys }).catch((e: unknown) => (error = e));
      assert.is((error as RestoreError | undefined)?.code, code);
      assert.equal(
        readdirSync(folder).filter((name) => name !== 'elsewhere'),
        [],
      );
    };
    await saveSessionsToFile(filled(20), path, { keys });
    chmodSync(path, 0o640);
    await fails('ERR_SESSCACHE_FILE');
    writeFileSync(path, 'text', { mode: 0o600 });
    await fails('ERR_SESSCACHE_TRUNCATED');
    await saveSessionsToFile(filled(20), join(folder, 'elsewhere'), { keys });
    symlinkSync(join(folder, 'elsewhere'), path);
    await fails('ELOOP');
    assert.ok(existsSync(join(folder, 'elsewhere')));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is no file is left alone, where it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-file-'));
  const path = join(folder, 'sessions');
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'within'), 'kept');
    await restoreSessionsFromFile(newCache(), path, { keys }).then(
      () => assert.unreachable(),
      (error: RestoreError) => assert.is(error.code, 'ERR_SESSCACHE_FILE'),
    );
    assert.equal(readdirSync(folder), ['sessions']);
    assert.equal(readdirSync(path), ['within']);
    const cache = filled(20);
    await saveSessionsToFile(cache, path, { keys }).then(
      () => assert.unreachable(),
      (error: RestoreError) => assert.is(error.code, 'ERR_SESSCACHE_FILE'),
    );
    assert.is(cache.stats().number, 20, 'nothing has moved');
    assert.equal(readdirSync(folder), ['sessions']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file that cannot be written leaves nothing behind', async () => {
  const cache = filled(20);
  await saveSessionsToFile(cache, '/nowhere/sessions', { keys }).then(
    () => assert.unreachable(),
    (error: NodeJS.ErrnoException) => assert.is(error.code, 'ENOENT'),
  );
  assert.is(cache.stats().number, 20);
});

test('random damage never brings in a session that was not saved', async () => {
  const random = seededRandom(20261126);
  const cache = filled(600);
  const before = contentOf(cache);
  const whole = Buffer.concat(await save(cache));
  for (let round = 0; round < 60; round++) {
    const stream = Buffer.from(whole);
    for (let i = random(6); i >= 0; i--) {
      const at = random(stream.length);
      if (random(2)) stream[at]! ^= 1 << random(8);
      else stream.copyWithin(at, random(stream.length), random(stream.length));
    }
    const cut = random(3) ? stream : stream.subarray(0, random(stream.length));
    try {
      const { content } = await restoreElsewhere([cut]);
      for (const [id, session] of content) assert.equal(session, before.get(id));
    } catch (error) {
      assert.match(String((error as { code?: string }).code), /^ERR_SESSCACHE_/);
    }
  }
});

test('wrong arguments change nothing', async () => {
  const cache = filled(3);
  const wrong: [unknown[], RegExp][] = [
    [[{}, () => {}, { keys }], /"cache" expected SessionCache/],
    [[cache, {}, { keys }], /"destination" expected Writable or function/],
    [[cache, () => {}, {}], /"keys" expected array/],
    [[cache, () => {}, { keys: [new Uint8Array(5)] }], /"keys\[\]" expected 32 bytes/],
    [[cache, () => {}, { keys, binding: 'x'.repeat(65) }], /"binding" expected/],
  ];
  for (const [given, message] of wrong) {
    await (saveSessions as (...all: unknown[]) => Promise<unknown>)(...given).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
  }
  const wrongSources: [unknown[], RegExp][] = [
    [[cache, 5, { keys }], /"source" expected iterable of Uint8Array/],
    [[cache, 'text', { keys }], /"source" expected iterable of Uint8Array/],
    [[cache, [], { keys, maxAge: 0 }], /"maxAge" expected/],
    [[cache, [], { keys, signal: 5 }], /"signal" expected AbortSignal/],
  ];
  for (const [given, message] of wrongSources) {
    await (restoreSessions as (...all: unknown[]) => Promise<unknown>)(...given).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
  }
  assert.is(cache.stats().number, 3);
});

test.run();

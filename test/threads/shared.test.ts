// One cache, several threads: what each sees of the others.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { internalsOf } from '../../bindings/cache/internal.ts';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { createSharedCache, joinSharedCache } from '../../bindings/threads/index.ts';
import { engineOf, messageOf, Shared } from './threads.ts';

const test = suite('a cache that threads share');

const id = Buffer.alloc(32, 7);
const data = Buffer.from('the bytes of a session, of this one');
const session = (options: object = {}): Session =>
  new Session({ id, data, timeout: 1000, ...options });

async function ask<Result>(worker: Worker, ...call: unknown[]): Promise<Result> {
  const answer = messageOf<{ result: Result; error?: string }>(worker);
  worker.postMessage(call);
  const { result, error } = await answer;
  if (error !== undefined) throw new Error(error);
  return result;
}

async function obeying(shared: Shared): Promise<Worker> {
  const worker = shared.start('obey');
  await messageOf(worker);
  return worker;
}

/** Waits for what the event loop brings. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i === 200) throw new Error(`not so after two seconds: ${String(isSo)}`);
    await sleep(10);
  }
}

test('is a SessionCache, with the same sessions in each thread', async () => {
  const shared = new Shared();
  const { cache } = shared;
  assert.instance(cache, SessionCache);
  const worker = await obeying(shared);
  const added = session();
  cache.addSession(added);
  const found = await ask<{ data: Uint8Array }>(worker, 'resumeSession', id);
  assert.equal(Buffer.from(found.data), data);
  assert.ok(added.isCached);
  assert.ok(await ask(worker, 'removeSessionById', id));
  assert.not.ok(added.isCached);
  assert.not.ok(added.isResumable);
  await ask(worker, 'addSession', { id, data: Buffer.from('others'), timeout: 500 });
  assert.is(cache.resumeSession(id)!.data.length, 6);
  assert.not.ok(added.isCached, 'another session of the same id is another session');
  const { hits, number } = cache.stats();
  assert.equal([hits, number], [2, 1]);
  cache.resumeSession(id)!.setTimeout(77);
  assert.is((await ask<{ timeout: number }>(worker, 'resumeSession', id)).timeout, 77);
  await worker.terminate();
  cache.close();
});

test('has settings that all threads share', async () => {
  const shared = new Shared({ size: 10, timeout: 60 });
  const { cache } = shared;
  const worker = await obeying(shared);
  assert.is(await ask(worker, 'getCacheSize'), 10);
  assert.is(await ask(worker, 'setTimeout', 61), 60);
  assert.is(cache.getTimeout(), 61);
  cache.setSessionCacheMode(SessionCacheMode.BOTH);
  assert.is(await ask(worker, 'getSessionCacheMode'), SessionCacheMode.BOTH);
  // The context of connections that name none
  cache.addSession(session({ sessionIdContext: Buffer.from('a') }));
  assert.is(await ask(worker, 'resumeSession', id), undefined);
  cache.setSessionIdContext(Buffer.from('a'));
  assert.ok(await ask(worker, 'resumeSession', id));
  await ask(worker, 'setVerifyPeer', true);
  cache.addSession(session());
  await ask(worker, 'setSessionIdContext', Buffer.alloc(0));
  assert.throws(() => cache.resumeSession(id), /there is no session id context/);
  await worker.terminate();
  cache.close();
});

test('tells the remove callback of the thread that removes, and of no other', async () => {
  const shared = new Shared();
  const { cache } = shared;
  const worker = await obeying(shared);
  const told: string[] = [];
  cache.setRemoveSessionCallback((owner, gone, cause) => {
    assert.is(owner, cache);
    assert.equal(Buffer.from(gone.data), data);
    assert.is(cache.stats().number, 0);
    assert.not.ok(engineOf(cache).lock.isHeld, 'the callback runs with the lock');
    told.push(cause);
  });
  cache.addSession(session());
  await ask(worker, 'removeSessionById', id);
  assert.equal(told, []);
  cache.addSession(session());
  cache.removeSessionById(id);
  cache.addSession(session());
  cache.flushSessions(0);
  cache.addSession(session({ time: 0, timeout: 1 }));
  assert.is(cache.resumeSession(id), undefined);
  assert.equal(told, ['removed', 'flushed', 'expired']);
  await worker.terminate();
  cache.close();
});

test('calls get, new and generate callbacks without the lock', async () => {
  const { cache } = new Shared();
  const { lock } = engineOf(cache);
  const states: boolean[] = [];
  cache.setGetSessionCallback(() => {
    states.push(lock.isHeld);
    return session();
  });
  cache.setNewSessionCallback((_connection, made) => {
    states.push(lock.isHeld);
    assert.ok(cache.hasMatchingSessionId(made.id), 'it is stored by then');
    return false; // and removed again
  });
  cache.setGenerateSessionIdCallback(() => {
    states.push(lock.isHeld);
    return Buffer.alloc(32, 9);
  });
  assert.equal(Buffer.from(cache.resumeSession(id)!.data), data);
  cache.removeSessionById(id);
  assert.ok(await cache.resumeSessionAsync(id));
  cache.removeSessionById(id);
  assert.ok(cache.findSession(id));
  const made = cache.createSession({ data });
  cache.finishHandshake('server', made);
  assert.not.ok(made.isCached);
  assert.equal(states, [false, false, false, false, false]);
  assert.not.ok(lock.isHeld);
  cache.close();
});

test('does not bring back what another thread removes while a callback is asked', async () => {
  for (const call of [
    ['removeSessionById', id],
    ['revoke', { tag: 'group' }],
  ]) {
    const shared = new Shared();
    const { cache } = shared;
    const worker = await obeying(shared);
    cache.setGetSessionCallback(async () => {
      await ask(worker, ...call);
      return session({ tags: ['group'] });
    });
    assert.is(await cache.resumeSessionAsync(id), undefined);
    assert.is(cache.stats().number, 0);
    const before = internalsOf(cache).revocations;
    await ask(worker, 'revoke', { tag: 'other' });
    assert.not.ok(internalsOf(cache).hasRevokedSince(before, [Buffer.from('group')]));
    assert.ok(internalsOf(cache).hasRevokedSince(before, [Buffer.from('other')]));
    await worker.terminate();
    cache.close();
  }
});

test('is taken from a thread that has ended by one that waits for it, without an event', async () => {
  const shared = new Shared();
  const { cache } = shared;
  cache.addSession(session());
  const worker = shared.start('stay');
  assert.is(await messageOf(worker), 'holding');
  const ended = worker.terminate();
  // The call that waits for it keeps this thread from hearing of the end.
  assert.ok(cache.addSession(session({ id: Buffer.alloc(32, 8) })));
  assert.equal(cache.threadStats().busy, { lookups: 0, stores: 0, others: 0 });
  assert.is(cache.threadStats().recoveries, 1);
  assert.is(cache.stats().number, 1, 'what was in the middle of an operation stays');
  await ended;
  assert.is(cache.threadStats().threads, 1);
  cache.close();
});

test('is busy while a thread holds it that lives, and is never taken from that', async () => {
  const shared = new Shared();
  const { cache } = shared;
  cache.addSession(session());
  const worker = await obeying(shared);
  const { lock } = engineOf(cache);
  lock.enter(0); // as if the thread were stopped in the middle of a call
  lock.write(); // that changes something
  const start = performance.now();
  assert.is(await ask(worker, 'resumeSession', id), undefined);
  await ask(worker, 'finishHandshake', 'server', { id: Buffer.alloc(32, 8), data, timeout: 9 });
  for (const call of ['addSession', 'removeSession'] as const) {
    const error = await ask(worker, call, { id, data, timeout: 9 }).catch(String);
    assert.is(error, 'Error: ERR_SESSCACHE_BUSY');
  }
  const error = await ask(worker, 'setTimeout', 9).catch(String);
  assert.is(error, 'Error: ERR_SESSCACHE_BUSY');
  assert.ok(performance.now() - start < 10_000);
  // Once waited for in vain, it is not waited for again.
  const again = performance.now();
  for (let i = 0; i < 20; i++) await ask(worker, 'resumeSession', id);
  assert.ok(performance.now() - again < 20 * 45, 'each lookup waits');
  lock.leave();
  assert.ok(await ask(worker, 'resumeSession', id));
  const { busy, recoveries } = cache.threadStats();
  assert.is(recoveries, 0);
  assert.is(busy.lookups, 21);
  assert.ok(busy.stores >= 2 && busy.others === 2, JSON.stringify(busy));
  assert.is(cache.stats().number, 1);
  await worker.terminate();
  cache.close();
});

test('asks the clock and the connection once for a lookup, and counts it once', () => {
  let asked = 0;
  let onAsk = (): void => {};
  const now = (): number => {
    asked++;
    onAsk();
    return 1000;
  };
  const cache = createSharedCache({ now });
  const other = joinSharedCache(cache.share(), { now: () => 1000 });
  const short = id.subarray(0, 16); // an id of another length is looked up with the lock
  for (const each of [id, short]) other.addSession(session({ id: each, time: 900 }));
  for (const each of [id, short, Buffer.alloc(32, 8)]) {
    asked = 0;
    let read = 0;
    const connection = {
      get protocolVersion() {
        read++;
        return 0x0303;
      },
    };
    assert.is(cache.resumeSession(each, connection) !== undefined, each[0] === 7);
    assert.equal([asked, read], [1, 1]);
  }
  assert.equal([cache.stats().hits, cache.stats().misses], [2, 1]);

  // Settings that change in the middle are those of the answer, which is the only one counted.
  const meanwhile = (context: string): void => {
    onAsk = () => {
      onAsk = () => {};
      other.setSessionIdContext(Buffer.from(context));
    };
  };
  meanwhile('new');
  assert.is(cache.resumeSession(id), undefined);
  const { hits, misses, missCauses, resumptionAges } = cache.stats();
  assert.is(hits, 2);
  assert.is(misses, 1);
  assert.is(missCauses.context, 1);
  assert.is(
    resumptionAges.reduce((sum, count) => sum + count, 0),
    2,
  );
  meanwhile('newer');
  assert.is(cache.resumeSession(Buffer.alloc(32, 8)), undefined);
  assert.is(cache.stats().misses, 2);
  assert.is(cache.stats().missCauses.absent, 2);
  other.close();
  cache.close();
});

test('refuses what a thread has to itself', () => {
  const { cache } = new Shared();
  const refused = { code: 'ERR_SESSCACHE_SHARED' };
  for (const act of [
    () => cache.addSession(session({ appData: {} })),
    () => cache.createSession({ data, appData: {} }),
    () => void attachExternal(cache, memoryStore(), { keys: [randomBytes(32)], namespace: 'x' }),
  ]) {
    assert.throws(act, (error: { code: string }) => error.code === refused.code);
  }
  assert.is(cache.stats().number, 0);
  assert.throws(() => createSharedCache({ profile: 'openssl-3.0' } as object), RangeError);
  assert.throws(() => createSharedCache({ size: -1 }), RangeError);
  cache.close();
  assert.throws(() => cache.share(), /closed/);
});

test('is joined once with each handle, and only with what share() gave', () => {
  const { cache } = new Shared();
  const handle = cache.share();
  const own = joinSharedCache(handle);
  own.addSession(session());
  assert.is(cache.stats().number, 1);
  const code = (value: string) => (error: { code: string }) => error.code === value;
  assert.throws(() => joinSharedCache(handle), code('ERR_SESSCACHE_SHARED'));
  for (const wrong of [undefined, null, 1, {}, { sesscache: 'shared cache' }, cache]) {
    assert.throws(() => joinSharedCache(wrong as never), TypeError);
  }
  const other = cache.share();
  const { parts } = other;
  for (const altered of [
    { ...parts, control: new SharedArrayBuffer(8) },
    { ...parts, memory: {} },
    { ...parts, pass: 'x' },
  ]) {
    const wrong = { ...other, parts: altered } as never;
    assert.throws(() => joinSharedCache(wrong), code('ERR_SESSCACHE_SHARED'));
  }
  other.port.close();
  assert.throws(() => joinSharedCache(other), code('ERR_SESSCACHE_SHARED'));
  own.close();
  assert.throws(() => own.stats(), code('ERR_SESSCACHE_CLOSED'));
  assert.is(cache.stats().number, 1, 'the last that leaves closes it');
  const late = cache.share();
  late.port.close();
  cache.close();
});

test('is wiped when the last thread leaves, in whatever way', async () => {
  const shared = new Shared({ maxMemory: 2 ** 20 });
  const { cache } = shared;
  const told: string[] = [];
  cache.setRemoveSessionCallback((_owner, _gone, cause) => void told.push(cause));
  cache.addSession(session());
  const bytes = shared.bytes();
  assert.ok(bytes.includes(data));
  const worker = await obeying(shared);
  cache.close();
  assert.ok(bytes.includes(data), 'the other thread still has it');
  assert.ok(await ask(worker, 'resumeSession', id));
  await worker.terminate();
  await until(() => !bytes.includes(data));
  assert.equal(told, []);

  const alone = new Shared({ maxMemory: 2 ** 20 });
  await until(() => alone.cache.threadStats().threads === 1);
  alone.cache.setRemoveSessionCallback((_owner, _gone, cause) => void told.push(cause));
  alone.cache.addSession(session());
  alone.cache.close();
  assert.equal(told, ['closed']);
  assert.not.ok(alone.bytes().includes(data));
});

test('takes 127 threads, and the places of those that have ended', async () => {
  const { cache } = new Shared();
  const handles = Array.from({ length: 125 }, () => cache.share());
  await until(() => cache.threadStats().threads === 126); // the checker's handle is given up
  handles.push(cache.share());
  assert.is(cache.threadStats().threads, 127);
  assert.throws(() => cache.share(), /127 threads/);
  for (const { port } of handles) port.close();
  await until(() => cache.threadStats().threads === 1);
  cache.share().port.close();
  cache.close();
});

test('has no state in its instances: no global of the builds changes', () => {
  for (const name of ['core.wasm', 'shared.wasm']) assert.is(Shared.mutableGlobals(name), 0, name);
  assert.ok(Shared.mutableGlobals('debug.wasm') > 0, 'the checker has some');
});

test.run();

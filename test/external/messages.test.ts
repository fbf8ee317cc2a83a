// Forged, replayed and late messages are ignored; genuine ones are not.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryStore } from '../../bindings/external/index.ts';
import { nonZero, remote, retire, session, settled, worker } from './support.ts';
import { until } from '../support/clock.ts';

const test = suite('messages between processes');
test.after.each(retire);

test('messages that are damaged, foreign or played again do no harm', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const messages: Uint8Array[] = [];
  store.channel.subscribe((message) => messages.push(message));
  a.cache.removeSession(session(1));
  await until(() => messages.length === 1, 'a message');
  b.make(2);
  await settled(b);
  const [real] = messages;
  const bad: unknown[] = [
    undefined,
    null,
    'text',
    {},
    new Uint8Array(0),
    new Uint8Array(100),
    new Uint8Array(5000),
    real!.subarray(1),
    real!.subarray(0, real!.length - 1),
    real!.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
  ];
  const publish = store.channel.publish.bind(store.channel);
  const listeners: ((message: Uint8Array) => void)[] = [];
  const other = remote();
  other.channel.subscribe = (listener) => (listeners.push(listener), () => {});
  const c = worker(other);
  for (const message of bad) listeners[0]!(message as Uint8Array);
  assert.is(c.external.stats().messages.refused, bad.length);
  await publish(real!);
  await publish(real!);
  a.cache.removeSession(session(3));
  await until(() => b.external.stats().messages.received === 2, 'one that is new');
  assert.ok(await b.resumes(2));
  assert.equal(nonZero(b.external.stats().messages), { received: 2 });
});

test('an old revocation played again does not empty a cache', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const messages: Uint8Array[] = [];
  store.channel.subscribe((message) => messages.push(message));
  a.cache.revoke({ tag: 'user:42' });
  await until(() => b.external.stats().messages.received === 1, 'it is heard');
  b.make(1, { tags: ['user:42'] });
  await store.channel.publish(messages[0]!);
  a.cache.removeSession(session(2));
  await until(() => b.external.stats().messages.received === 2, 'one that is new');
  assert.is(b.cache.stats().number, 1);
});

test('a revocation counts though another process, whose clock is ahead, has revoked the same before', async () => {
  const store = remote();
  const [early, a, b] = [worker(store), worker(store), worker(store)];
  const realNow = Date.now;
  try {
    Date.now = () => realNow() + 3_600_000;
    early.cache.revoke({ tag: 'user:42' });
  } finally {
    Date.now = realNow;
  }
  await until(() => b.external.stats().messages.received === 1, 'it is heard');
  b.make(1, { tags: ['user:42'] });
  assert.is(b.cache.stats().number, 1);
  a.cache.revoke({ tag: 'user:42' });
  await until(() => b.external.stats().messages.received === 2, 'the second is heard');
  assert.is(b.cache.stats().number, 0);
});

test('what is removed, made and removed again is gone, sealed or not', async () => {
  for (const store of [remote(), memoryStore()]) {
    const [a, b] = [worker(store), worker(store)];
    for (let round = 1; round <= 3; round++) {
      b.make(1);
      assert.is(b.cache.stats().number, 1);
      a.cache.removeSession(session(1));
      await until(() => b.external.stats().messages.received === round, 'it is heard');
      assert.is(b.cache.stats().number, 0);
    }
  }
});

test.run();

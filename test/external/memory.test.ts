// memoryStore, which is also the example of how to write a store.

import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryStore } from '../../bindings/external/index.ts';

const test = suite('memoryStore');
const VALUE = Uint8Array.of(1, 2, 3);

test('gives back what it was given, as copies', async () => {
  const store = memoryStore();
  const mine = new Uint8Array(VALUE);
  await store.set('a', mine, 10_000);
  mine.fill(9);
  const first = await store.get('a');
  assert.equal(first, VALUE);
  first!.fill(9);
  assert.equal(await store.get('a'), VALUE);
  assert.is(await store.get('b'), null);
});

test('replaces, deletes, and deletes what is not there', async () => {
  const store = memoryStore();
  await store.set('a', VALUE, 10_000);
  await store.set('a', Uint8Array.of(4), 10_000);
  assert.equal(await store.get('a'), Uint8Array.of(4));
  assert.is(store.size, 1);
  await store.delete('a');
  await store.delete('a');
  assert.is(await store.get('a'), null);
  assert.is(store.size, 0);
});

test('a value is taken by one of all that ask', async () => {
  const store = memoryStore();
  await store.set('a', VALUE, 10_000);
  const taken = await Promise.all([1, 2, 3].map(() => store.take('a')));
  assert.equal(taken.filter(Boolean), [VALUE]);
  assert.is(await store.get('a'), null);
});

test('a value is gone when its time is over', async () => {
  const store = memoryStore();
  await store.set('a', VALUE, 1);
  await store.set('b', VALUE, 1);
  await sleep(5);
  assert.is(await store.get('a'), null);
  assert.is(await store.take('b'), null);
});

test('holds so many values, and drops the oldest', async () => {
  const store = memoryStore({ size: 2 });
  for (const key of ['a', 'b', 'c']) await store.set(key, VALUE, 10_000);
  assert.is(store.size, 2);
  assert.is(await store.get('a'), null);
  assert.equal(await store.get('c'), VALUE);
  store.clear();
  assert.is(store.size, 0);
});

test('a message reaches all listeners, each with a copy, until they end it', async () => {
  const { channel } = memoryStore();
  const heard: string[] = [];
  const listen = (name: string) => (message: Uint8Array) => {
    heard.push(`${name}${message[0]}`);
    message.fill(0);
  };
  const ends = ['a', 'b'].map((name) => channel.subscribe(listen(name)));
  await channel.publish(Uint8Array.of(1));
  ends[0]!();
  ends[0]!();
  await channel.publish(Uint8Array.of(2));
  assert.equal(heard, ['a1', 'b1', 'b2']);
});

test.run();

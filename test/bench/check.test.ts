// Nothing here looks at a time: whether the benchmark measures what it says, not how fast.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bench, type Cache, type Contender } from './bench.ts';

const { check } = await bench('measure/check.js');
const { contenders } = await bench('contenders/index.js');

const test = suite('check of a contender');

// These wait for sessions to expire: all at once.
const names = Object.keys(contenders);
const failures = Promise.all(names.map((name) => failureOf(contenders[name]!)));
const keeper = failureOf({ ...contenders['lru.min']!, expires: true });
const forgetter = failureOf({ ...sesscache(), expires: false });

test('passes all contenders', async () => {
  assert.ok(names.length >= 9);
  assert.equal(
    Object.fromEntries((await failures).map((failure, i) => [names[i], failure])),
    Object.fromEntries(names.map((name) => [name, ''])),
  );
});

test('fails one that returns the data of another session', async () => {
  const last: { data?: Uint8Array } = {};
  const wrong = spoilt(sesscache(), (cache) => ({
    add(id, data) {
      cache.add(id, last.data ?? data);
      last.data = data;
    },
  }));
  assert.match(await failureOf(wrong), /^session 1 has wrong data$/);
});

test('fails one that returns right data by one way only', async () => {
  const wrong = spoilt(sesscache(), (cache) => ({
    copy: (id) => cache.copy(id)?.subarray(1),
  }));
  assert.match(await failureOf(wrong), /^session 0 has wrong data$/);
});

test('fails one that finds what was never added', async () => {
  const wrong = spoilt(sesscache(), (cache) => ({
    view: (id) => cache.view(id) ?? new Uint8Array(160),
  }));
  assert.match(await failureOf(wrong), /^found what was never added$/);
});

test('fails one that holds one more than it should', async () => {
  const { make, ...rest } = sesscache();
  const wrong = { ...rest, make: (size: number, seconds: number) => make(size + 1, seconds) };
  assert.match(await failureOf(wrong), /^evicted 99 sessions for 100 too many$/);
});

test('fails one that holds one less than it should', async () => {
  const { make, ...rest } = sesscache();
  const wrong = { ...rest, make: (size: number, seconds: number) => make(size - 1, seconds) };
  assert.match(await failureOf(wrong), /^session 0 is missing$/);
});

test('fails one that removes others than it is told to', async () => {
  const wrong = spoilt(sesscache(), (cache) => ({
    remove: (id) => cache.remove!(Uint8Array.from(id, (byte, i) => (i === 31 ? byte ^ 1 : byte))),
  }));
  assert.match(await failureOf(wrong), /^300 left of 150$/);
});

test('fails one that revokes too much', async () => {
  const wrong = spoilt(sesscache(), (cache) => ({
    addToGroup: (id, data) => cache.addToGroup!(id, data, 'another'),
    revoke: () => cache.clear!() as number,
  }));
  assert.match(await failureOf(wrong), /^revoked others than the group$/);
});

test('fails one that evicts by age but is said to evict by expiry', async () => {
  const wrong = { ...contenders['lru-cache, ttl']!, evicts: 'expiry' as const };
  assert.match(await failureOf(wrong), /^session 0 is missing$/);
});

test('fails one that bounds nothing but is said to', async () => {
  const wrong = { ...contenders['Map']!, bounds: true };
  assert.match(await failureOf(wrong), /^evicted 0 sessions for 100 too many$/);
});

test('fails one that keeps what has expired', async () => {
  assert.match(await keeper, /^300 expired sessions found$/);
});

test('fails one that expires but is said not to', async () => {
  assert.match(await forgetter, /^expires, but is said not to$/);
});

test.run();

function sesscache(): Contender {
  return contenders['sesscache']!;
}

function spoilt(contender: Contender, how: (cache: Cache) => Partial<Cache>): Contender {
  return {
    ...contender,
    async make(size, seconds) {
      const cache = await contender.make(size, seconds);
      return { ...cache, ...how(cache) };
    },
  };
}

/** The message with which the check fails, or ''. */
async function failureOf(contender: Contender): Promise<string> {
  try {
    await check(contender);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

// The life of a large cache: filled, over-filled, looked up, expired, filled again, cleared.
// Asserts what must hold at any size, and times every call.

import { strict as assert } from 'node:assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { Stopwatch } from './stopwatch.ts';
import { NOW } from '../support/clock.ts';

/** Lifetimes are spread over this many seconds. */
const LIFETIMES = 600;
const BUDGET = 1000;

export type Life = { watch: Stopwatch; memory: number; bytes: number };

/** Leads a cache of `count` sessions of `length` bytes through its life. */
export function lead(count: number, length: number): Life {
  const watch = new Stopwatch();
  let now = NOW;
  const cache = new SessionCache({ size: count, now: () => now });
  const extra = Math.floor(count / 10);

  add(cache, watch, 'fill', { from: 0, count, length, now });
  assert.equal(cache.stats().number, count);
  const { memory, bytes } = cache.stats();
  lookUp(cache, watch, { below: count, length });

  add(cache, watch, 'add to a full cache', { from: count, count: extra, length, now });
  assert.equal(cache.stats().number, count);
  assert.equal(cache.stats().cacheFull, extra);

  now += LIFETIMES / 2;
  const half = flush(cache, watch, `flush half, ${BUDGET} at a time`, undefined);
  assert.ok(half > count / 3 && half < (count * 2) / 3, `${half} of ${count} expired`);
  for (const session of cache) {
    assert.ok((session.time as number) + (session.timeout as number) >= now);
    break;
  }
  now += LIFETIMES;
  const rest = flush(cache, watch, `flush the rest, ${BUDGET} at a time`, undefined);
  assert.equal(half + rest, count);
  assert.equal(cache.stats().bytes, 0);

  add(cache, watch, 'fill again', { from: 0, count, length, now });
  assert.ok(cache.stats().memory <= memory * 1.2, 'memory is used again');
  assert.equal(flush(cache, watch, `clear, ${BUDGET} at a time`, 0), count);
  assert.equal(cache.stats().number, 0);

  add(cache, watch, 'fill a third time', { from: 0, count, length, now });
  assert.equal(
    watch.time('clear in one call', () => cache.flushSessions(0)),
    count,
  );
  watch.time('close', () => cache.close());
  return { watch, memory, bytes };
}

type Batch = { from: number; count: number; length: number; now: number };

function add(cache: SessionCache, watch: Stopwatch, name: string, batch: Batch): void {
  const data = new Uint8Array(batch.length);
  for (let n = batch.from; n < batch.from + batch.count; n++) {
    const timeout = Math.imul(n, 0x9e3779b1) >>> 0;
    mark(data, n);
    const session = new Session({
      id: idOf(n),
      data,
      time: batch.now,
      timeout: timeout % LIFETIMES,
    });
    assert.ok(watch.time(name, () => cache.addSession(session)));
  }
}

function lookUp(
  cache: SessionCache,
  watch: Stopwatch,
  of: { below: number; length: number },
): void {
  const expected = new Uint8Array(of.length);
  for (let i = 0; i < 20_000; i++) {
    const n = (Math.imul(i, 0x9e3779b1) >>> 0) % of.below;
    const id = idOf(n);
    const found = watch.time('look up', () => cache.resumeSession(id));
    mark(expected, n);
    assert.ok(found && Buffer.compare(found.data, expected) === 0, `session ${n}`);
    const absent = idOf(n + of.below);
    assert.equal(
      watch.time('miss', () => cache.resumeSession(absent)),
      undefined,
    );
  }
}

function flush(
  cache: SessionCache,
  watch: Stopwatch,
  name: string,
  time: number | undefined,
): number {
  let removed = 0;
  for (;;) {
    const now = watch.time(name, () => cache.flushSessions(time, { budget: BUDGET }));
    removed += now;
    if (now < BUDGET) return removed;
  }
}

/** 32 bytes that differ from one another all over. */
export function idOf(n: number, length: number = 32): Uint8Array {
  const id = new Uint8Array(length);
  mark(id, n);
  return id;
}

/** Fills `bytes` with words that depend on `n`. */
export function mark(bytes: Uint8Array, n: number): void {
  let word = Math.imul(n + 1, 0x9e3779b1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = word;
    word = (word >>> 8) | (word << 24);
    if ((i & 3) === 3) word = Math.imul(word ^ n, 0x85ebca6b);
  }
}

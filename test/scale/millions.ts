// More sessions than a JavaScript Map can have entries (16,777,216).

import { strict as assert } from 'node:assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { idOf, mark } from './life.ts';
import { Stopwatch } from './stopwatch.ts';
import { NOW } from '../support/clock.ts';

const DATA_BYTES = 20;
const ID_BYTES = 8;

/** Fills a cache with `count` small sessions, finds them, and empties it; says what it took. */
export function fillWith(count: number): string {
  const watch = new Stopwatch();
  const cache = new SessionCache({ size: 0, now: () => NOW });
  const data = new Uint8Array(DATA_BYTES);
  for (let n = 0; n < count; n++) {
    mark(data, n);
    const id = idOf(n, ID_BYTES);
    const session = new Session({ id, data, time: NOW, timeout: 300 + (n % 1000) });
    watch.time('add', () => cache.addSession(session));
  }
  const { number, memory, reserved } = cache.stats();
  assert.equal(number, count);
  for (let i = 0; i < 100_000; i++) {
    const n = (Math.imul(i, 0x9e3779b1) >>> 0) % count;
    const id = idOf(n, ID_BYTES);
    mark(data, n);
    const found = watch.time('look up', () => cache.viewSession(id));
    assert.ok(found && Buffer.compare(found.data, data) === 0, `session ${n}`);
    const absent = idOf(count + n, ID_BYTES);
    assert.equal(
      watch.time('miss', () => cache.viewSession(absent)),
      undefined,
    );
  }
  let removed = 0;
  for (let some = -1; some !== 0; removed += some) {
    some = watch.time('clear, 10,000 at a time', () => cache.flushSessions(0, { budget: 10_000 }));
  }
  assert.equal(removed, count);
  watch.time('close', () => cache.close());
  const per = (bytes: number): string => `${(bytes / count).toFixed(1)} bytes a session`;
  return `${watch}\nmemory in use ${per(memory)}, asked for ${per(reserved)}`;
}

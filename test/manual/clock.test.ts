import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { systemClock } from '../../bindings/clock.ts';
import { id } from './support.ts';

const test = suite('default clock');

/** The second that `Date` is in, away from its end. */
async function earlyInASecond(): Promise<number> {
  await sleep(1); // tests before this one may have kept timers waiting
  const milliseconds = Date.now() % 1000;
  if (milliseconds > 500) await sleep(1010 - milliseconds);
  return Math.floor(Date.now() / 1000);
}

test('follows Date once timers have run', async () => {
  const first = await earlyInASecond();
  assert.is(systemClock(), first);
  await sleep(1005 - (Date.now() % 1000));
  assert.is(systemClock(), Math.floor(Date.now() / 1000));
  assert.ok(systemClock() > first);
});

test('is late by 32 reads at most while no timer can run', async () => {
  const first = await earlyInASecond();
  assert.is(systemClock(), first);
  while (Math.floor(Date.now() / 1000) === first);
  let reads = 0;
  while (systemClock() === first) reads++;
  assert.ok(reads <= 32, `${reads} reads`);
});

test('a replaced Date is read each time, and forgotten when it is restored', () => {
  const cache = new SessionCache({ mode: 2 });
  cache.addSession(new Session({ id: id(1), timeout: 300 }));
  assert.ok(cache.resumeSession(id(1)));
  const { now } = Date;
  try {
    for (const seconds of [1000, 1001, 5]) {
      Date.now = () => seconds * 1000 + 999;
      assert.is(systemClock(), seconds);
    }
    const later = now() + 301_000;
    Date.now = () => later;
    assert.is(cache.resumeSession(id(1)), undefined);
  } finally {
    Date.now = now;
  }
  assert.ok(Math.abs(systemClock() - Date.now() / 1000) < 2);
});

test.run();

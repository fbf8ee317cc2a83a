// With every fault of Redis, all handshakes complete, and afterwards sessions resume again.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { meetFailover } from './failover.ts';
import { FAULTS, meet, type Outcome, ROUND, type Timing } from './faults.ts';
import { Proxy } from './proxy.ts';
import { withRedis } from './server.ts';

const test = suite('faults of Redis');

/** For faults that run into the deadline: they last until all connections have ended. */
const HASTY: Timing = { deadline: 50, cooldown: 200 };
/** For faults with an answer: long enough for a busy machine. */
const PATIENT: Timing = { deadline: 3000, cooldown: 200 };

/**
 * How many sessions resume during the fault: made before it, made during it; undefined: it depends.
 */
interface Expected {
  timing: Timing;
  old?: number;
  fresh?: number;
}

const EXPECTED: Record<string, Expected> = {
  none: { timing: PATIENT, old: ROUND, fresh: ROUND },
  paused: { timing: HASTY, old: 0, fresh: 0 },
  'writes paused': { timing: HASTY, fresh: 0 },
  killed: { timing: HASTY, old: 0, fresh: 0 },
  restarted: { timing: HASTY, old: 0 },
  refusing: { timing: HASTY, old: 0, fresh: 0 },
  slow: { timing: HASTY, old: 0, fresh: 0 },
  silent: { timing: HASTY, old: 0, fresh: 0 },
  garbage: { timing: HASTY, old: 0, fresh: 0 },
  'values altered': { timing: PATIENT, old: 0, fresh: 0 },
  flushed: { timing: PATIENT, old: 0, fresh: ROUND },
  full: { timing: PATIENT, old: ROUND, fresh: 0 },
};

for (const fault of FAULTS) {
  test(`${fault.name}: every connection ends well, and sessions are shared again afterwards`, async () => {
    const expected = EXPECTED[fault.name] as Expected;
    await withRedis(async (redis) => {
      const proxy = await Proxy.before(redis.port);
      try {
        check(await meet(fault, { redis, proxy }, expected.timing), expected);
      } finally {
        await proxy.refuse();
      }
    });
  });
}

test('failover: every connection ends well, and sessions are shared over the new master', async () => {
  check(await meetFailover(HASTY), { timing: HASTY }); // the new master may have taken over by then
});

function check(outcomes: Outcome[], { timing, old, fresh }: Expected): void {
  assert.is(outcomes.length, 4, 'two libraries, two versions');
  for (const outcome of outcomes) {
    const { library, version, attempted, completed, slowest } = outcome;
    const where = `${library}, ${version}`;
    assert.is(attempted, 2 * ROUND + 1, where);
    assert.is(completed, attempted, where);
    if (old !== undefined) assert.is(outcome.resumedOld, old, `${where}: made before`);
    if (fresh !== undefined) assert.is(outcome.resumedNew, fresh, `${where}: made meanwhile`);
    assert.is(outcome.resumedAfter, ROUND, `${where}: afterwards`);
    if (timing === HASTY) assert.ok(slowest < 60 * timing.deadline, `${where}: ${slowest} ms`);
  }
}

test.run();

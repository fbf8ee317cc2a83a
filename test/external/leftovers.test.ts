// An attached store leaves nothing behind once it is detached.

import { setTimeout as sleep } from 'node:timers/promises';
import * as v8 from 'node:v8';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Deadlines } from '../../bindings/external/deadlines.ts';
import { ExternalAttachment } from '../../bindings/external/external.ts';
import { engineOf } from '../../bindings/cache/internal.ts';
import { faultyStore } from './faults.ts';
import { id, retire, session, worker } from './support.ts';

const test = suite('attachExternal: what it leaves behind');

/** Counts the objects of a class: Node 20.13 and later; the types of Node 20 lack it. */
const { queryObjects } = v8 as unknown as {
  queryObjects(kind: unknown, options: { format: 'count' }): number;
};

function counts(): number[] {
  return [ExternalAttachment, Deadlines].map((kind) => queryObjects(kind, { format: 'count' }));
}

/** Attaches a store that hangs, starts lookups and writes, and detaches it while they run. */
async function interrupted(end: 'detach' | 'close'): Promise<void> {
  const store = faultyStore();
  const made = worker(store, { deadline: 60_000, writeDeadline: 60_000, cooldown: 60_000 });
  store.answer = () => new Promise(() => {});
  store.write = () => new Promise(() => {});
  for (let n = 0; n < 150; n++) made.make(n);
  made.cache.removeSession(session(1));
  const asking = [200, 201].map((n) => made.cache.resumeSessionAsync(id(n)));
  await new Promise(setImmediate);
  made.make(151); // not sent yet
  made.cache.revoke({ tag: 'a' });
  if (end === 'detach') made.external.detach();
  else made.cache.close();
  for (const each of await Promise.all(asking)) assert.is(each, undefined);
  assert.is(made.external.stats().pending, 0);
  assert.equal(made.external.stats().queue, { entries: 0, bytes: 0, running: 0 });
}

for (const end of ['detach', 'close'] as const) {
  test(`after ${end} in the middle of everything there is no timer, listener or key`, async () => {
    const before = counts();
    const active = process.getActiveResourcesInfo().length;
    await interrupted(end);
    retire();
    await sleep(10);
    // What tests of other files left to timers may be gone meanwhile.
    const after = counts();
    assert.ok(
      after.every((count, at) => count <= before[at]!),
      `${before} before, ${after} after`,
    );
    assert.ok(process.getActiveResourcesInfo().length <= active + 1);
  });
}

test('a cache without a store is as it was', () => {
  const { cache, external } = worker(faultyStore());
  const engine = engineOf(cache);
  assert.ok(engine.external);
  external.detach();
  assert.equal([engine.external, engine.onGet, engine.onNew], [undefined, undefined, undefined]);
  assert.is(cache.resumeSession(id(1)), undefined, 'synchronous again');
  retire();
});

test.run();

// Three workers that share a faulty store and a faulty channel, while keys rotate: in every order
// of events no worker resumes a session that it must not, and every call ends.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../support/random.ts';
import { type FaultyStore, faultyStore, READ_FAULTS } from './faults.ts';
import { id, key, keysAt, retire, session, worker, type Worker } from './support.ts';
import { until } from '../support/clock.ts';

const test = suite('attachExternal under random trouble');
const TLS1_3 = { protocolVersion: 0x0304, singleUse: true };
const STEPS = 1500;
const SESSIONS = 200;

test.after.each(retire);

/** The bytes of session `n`; each session has others. */
function dataOf(n: number): Uint8Array {
  return new Uint8Array(60).fill(n);
}

function make(at: Worker, n: number): void {
  const isSingle = n % 2 === 1;
  at.cache.finishHandshake(
    'server',
    session(n, {
      data: dataOf(n),
      protocolVersion: isSingle ? 0x0304 : 0x0303,
      tags: n % 5 === 0 ? [`tag ${n % 3}`] : [],
    }),
    { connection: isSingle ? TLS1_3 : {} },
  );
}

function change(store: FaultyStore, random: (below: number) => number): void {
  const faults = Object.values(READ_FAULTS).filter(
    (fault) => fault !== READ_FAULTS['never answers'],
  );
  store.answer = random(3) ? undefined : faults[random(faults.length)];
  const writes = [
    () => Promise.reject(new Error('down')),
    () => new Promise<never>((_resolve, reject) => setTimeout(reject, 30, new Error('slow'))),
  ];
  store.write = random(3) ? undefined : writes[random(writes.length)];
}

for (const seed of [1, 2, 108]) {
  test(`seed ${seed}: right bytes, single uses, removals, and an end`, async () => {
    const random = seededRandom(seed);
    const store = faultyStore();
    const workers = [1, 2, 3].map(() =>
      worker(store, {
        deadline: 15,
        writeDeadline: 20,
        cooldown: 10,
        absentFor: random(2) * 20,
        maxQueue: 40,
        keys: keysAt(0),
      }),
    );
    const phases = [0, 0, 0];
    const made = new Set<number>();
    const uses = new Map<number, number>();
    /** Removed before: neither may ever resume again. */
    const removed = new Set<number>();
    const removedAtStart: (() => Promise<void>)[] = [];
    const asking: Promise<void>[] = [];

    const ask = async (at: Worker, n: number): Promise<void> => {
      const wasRemoved = removed.has(n);
      const isSingle = n % 2 === 1;
      const found = isSingle
        ? await at.external.take(id(n), TLS1_3)
        : await at.cache.resumeSessionAsync(id(n));
      if (found === undefined) return;
      assert.ok(made.has(n), 'it was made');
      assert.equal(new Uint8Array(found.data), dataOf(n));
      assert.not(wasRemoved, `session ${n} was removed everywhere before it was asked for`);
      if (isSingle) uses.set(n, (uses.get(n) ?? 0) + 1);
    };

    for (let step = 0; step < STEPS; step++) {
      const at = workers[random(3)]!;
      const n = random(SESSIONS);
      const what = random(20);
      if (what < 5) {
        if (!made.has(n)) make(at, n);
        made.add(n);
      } else if (what < 15) {
        asking.push(ask(at, n));
      } else if (what < 16) {
        at.cache.removeSession(session(n, { protocolVersion: n % 2 ? 0x0304 : 0x0303 }));
        made.add(n); // or it could be made after its removal
        removedAtStart.push(async () => void removed.add(n));
      } else if (what < 17) {
        change(store, random);
      } else if (what < 18) {
        // As documented: workers differ by at most one phase of the rotation.
        const behind = Math.min(...phases);
        const i = phases.indexOf(behind);
        phases[i] = behind + 1;
        workers[i]!.external.setKeys(keysAt(behind + 1));
      } else {
        await new Promise(setImmediate);
      }
      // A message takes a turn or two of the event loop; the removal counts from then on.
      if (step % 50 === 49) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (const each of removedAtStart.splice(0)) await each();
      }
      assert.ok(at.external.stats().queue.entries <= 40);
    }
    await Promise.all(asking);
    for (const [n, count] of uses) assert.is(count, 1, `session ${n} was used once`);
    assert.ok(uses.size > 0, 'some were used');

    store.answer = undefined;
    store.write = undefined;
    for (const { external } of workers) {
      await until(
        () => external.stats().queue.entries + external.stats().queue.running === 0,
        'written',
      );
      assert.is(external.stats().pending, 0);
    }
    const fresh = workers.map((each, i) => {
      each.external.setKeys([key(999)]);
      make(each, 210 + 2 * i);
      made.add(210 + 2 * i);
      return 210 + 2 * i;
    });
    for (const { external } of workers) assert.ok(await external.flush());
    for (const each of workers) {
      await until(() => each.external.stats().breaker.state !== 'open' || probe(each), 'it closes');
      for (const n of fresh) await until(() => isFound(each, n), `session ${n} resumes again`);
    }
  });
}

/** Looks anything up, which makes an open breaker probe the store. */
function probe(at: Worker): boolean {
  void at.cache.resumeSessionAsync(id(255));
  return false;
}

const found = new Map<Worker, Set<number>>();

function isFound(at: Worker, n: number): boolean {
  const all = found.get(at) ?? new Set();
  found.set(at, all);
  void at.cache.resumeSessionAsync(id(n)).then((session_) => session_ && all.add(n));
  return all.has(n);
}

test.run();

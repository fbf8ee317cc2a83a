// Histories of calls by several threads: for each there must be one order, of those that the clock
// allows, in which a plain map would have answered the same (linearizability; Wing, Gong 1993).
// `SESSCACHE_ROUNDS=100000` for more of them.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom, Shared } from './threads.ts';

const test = suite('histories of threads');

const ROUNDS = Number(process.env['SESSCACHE_ROUNDS'] ?? 1500);
const THREADS = 2;
const CALLS = 10;
const KEYS = 4;

interface Call {
  readonly call: string;
  readonly key: number;
  readonly value: number;
}
type Event = Call & { readonly result: unknown; readonly start: number; readonly end: number };

const KINDS = ['add', 'add', 'add', 'resume', 'resume', 'resume', 'resumeAsync', 'find', 'find', 'accept', 'accept', 'remove', 'remove', 'revoke', 'flush', 'setTimeout', 'number']; // prettier-ignore

test('are as if one call came after the other', async () => {
  const given = process.env['SESSCACHE_SEED'];
  for (let attempt = 1; ; attempt++) {
    // On a machine that is busy a thread may give up waiting: then another seed.
    if (await holds(given ? Number(given) : (Date.now() + attempt) % 2 ** 31)) return;
    assert.ok(attempt < 5, 'the cache was always busy');
  }
});

/** Whether all calls were answered, and then as some order of them explains. */
async function holds(seed: number): Promise<boolean> {
  const random = randomFrom(seed);
  const shared = new Shared({ maxMemory: 2 ** 22, timeout: 300 });
  let adds = 0;
  const make = (): Call => {
    const call = KINDS[random(KINDS.length)]!;
    // A session is told from all of the same key by its length, which comes back after 500 rounds.
    const value = 20 + (call === 'add' ? adds++ % 2000 : random(500));
    return { call, key: random(KEYS), value };
  };
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const barrier = new Int32Array(new SharedArrayBuffer(4 * ROUNDS));
  const plans: Call[][][] = Array.from({ length: THREADS }, () => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const rounds of plans) rounds.push(Array.from({ length: CALLS }, make));
  }
  const workers = plans.map((rounds, thread) =>
    shared.start('history', { clock, barrier, thread, threads: THREADS, rounds }),
  );
  const events: Event[][] = Array.from({ length: ROUNDS }, () => []);
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.on('error', reject).on('exit', resolve);
          worker.on('message', ({ round, history }: { round: number; history: Event[] }) => {
            events[round]!.push(...history);
          });
        }),
    ),
  );
  shared.validate();
  const { lookups, stores, others } = shared.cache.threadStats().busy;
  shared.cache.close();
  if (lookups + stores + others > 0) return false;
  let states: State[] = [{ sessions: new Map(), timeout: 300 }];
  let overlaps = 0;
  for (const [round, history] of events.entries()) {
    assert.is(history.length, THREADS * CALLS);
    overlaps += countOverlaps(history);
    states = endsOf(states, history);
    assert.ok(states.length > 0, `seed ${seed}, round ${round}: ${JSON.stringify(history)}`);
  }
  assert.ok(overlaps > 10, `${overlaps} calls overlapped: too few to say anything`);
  if (process.env['SESSCACHE_ROUNDS']) console.log({ seed, overlaps });
  return true;
}

test('a history that no order explains is found out', () => {
  const add = { call: 'add', key: 1, value: 20, result: true, start: 0, end: 1 };
  const resume = { call: 'resume', key: 1, value: 0, result: 0, start: 2, end: 3 };
  const empty = [{ sessions: new Map<number, number>(), timeout: 300 }];
  assert.is(endsOf(empty, [add, resume]).length, 0, 'a session that was added is not found');
  assert.is(endsOf(empty, [add, { ...resume, start: 0 }]).length, 1, 'unless before that');
  const remove = { call: 'remove', key: 1, value: 0, result: true, start: 2, end: 3 };
  const accept = { ...resume, call: 'accept', result: { length: 20, isAccepted: true } };
  assert.is(endsOf(empty, [add, remove, { ...accept, start: 4, end: 5 }]).length, 0, 'it has left');
  assert.is(endsOf(empty, [add, remove, accept]).length, 1, 'unless it was there');
});

// ---- The model ----

interface State {
  readonly sessions: ReadonlyMap<number, number>;
  readonly timeout: number;
}

/** All states that a history may end in, from any of these. */
function endsOf(starts: readonly State[], history: readonly Event[]): State[] {
  const ends = new Map<string, State>();
  const seen = new Set<string>();
  const visit = (state: State, left: number): void => {
    const known = `${left} ${nameOf(state)}`;
    if (seen.has(known)) return;
    seen.add(known);
    if (left === 0) {
      ends.set(nameOf(state), state);
      return;
    }
    // A call may come next if none that is left had ended before it began.
    let firstEnd = Infinity;
    for (const [i, event] of history.entries()) {
      if (left & (1 << i)) firstEnd = Math.min(firstEnd, event.end);
    }
    for (const [i, event] of history.entries()) {
      if (!(left & (1 << i)) || event.start > firstEnd) continue;
      const next = after(state, event);
      if (next) visit(next, left & ~(1 << i));
    }
  };
  for (const start of starts) visit(start, 2 ** history.length - 1);
  return [...ends.values()];
}

function nameOf({ sessions, timeout }: State): string {
  return `${timeout} ${JSON.stringify([...sessions].toSorted(([a], [b]) => a - b))}`;
}

/** The state after a call, or undefined if it would have given something else. */
function after(state: State, { call, key, value, result }: Event): State | undefined {
  const sessions = new Map(state.sessions);
  switch (call) {
    case 'add': {
      sessions.set(key, value);
      return result === true ? { ...state, sessions } : undefined;
    }
    case 'resume':
    case 'resumeAsync':
    case 'find': {
      return result === (sessions.get(key) ?? 0) ? state : undefined;
    }
    case 'accept': {
      // Of a session that the thread has found before: it may be resumed as long as it stays.
      if (result === undefined) return state;
      const { length, isAccepted } = result as { length: number; isAccepted: boolean };
      return isAccepted === (sessions.get(key) === length) ? state : undefined;
    }
    case 'remove': {
      return result === sessions.delete(key) ? { ...state, sessions } : undefined;
    }
    case 'revoke': {
      const gone = [...sessions.keys()].filter((each) => each % 2 === key % 2);
      for (const each of gone) sessions.delete(each);
      return result === gone.length ? { ...state, sessions } : undefined;
    }
    case 'flush': {
      return result === sessions.size ? { ...state, sessions: new Map() } : undefined;
    }
    case 'setTimeout': {
      return result === state.timeout ? { ...state, timeout: value } : undefined;
    }
    default: {
      return result === sessions.size ? state : undefined;
    }
  }
}

function countOverlaps(history: readonly Event[]): number {
  const sorted = history.toSorted((a, b) => a.start - b.start);
  return sorted.filter((event, i) => i > 0 && sorted[i - 1]!.end > event.start).length;
}

test.run();

// Random calls under a clock that jumps both ways, beside notes of what may be served.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, type SessionCache } from '../../bindings/index.ts';
import { depth, remarkDepth } from '../support/depth.ts';
import { pick, type Random, seededRandom } from '../support/random.ts';
import { cacheAt, type Clock, id } from './support.ts';

const test = suite('clocks that jump');
const LIFETIME = 100;
const AHEAD_MAX = 60;
const IDS = 12;
/** Seeds, and calls of each. */
const [ALL, PART, CALLS] = [300, 80, 400];

/** What a session may be served by, noted apart from the cache. */
interface Note {
  time: number;
  timeout: number;
  /** The last second of its absolute lifetime. */
  deadline: number;
}

class Trial {
  readonly random: Random;
  readonly cache: SessionCache;
  readonly clock: Clock;
  readonly notes: Map<number, Note> = new Map();
  /** What the get callback answers with. */
  outside: Session | undefined;
  readonly outcomes = { served: 0, expired: 0, future: 0 };

  constructor(seed: number) {
    this.random = seededRandom(seed);
    const options = pick(this.random, [{}, { size: 5 }, { mode: 0x0402 }]);
    ({ cache: this.cache, clock: this.clock } = cacheAt({ maxLifetime: LIFETIME, ...options }));
    this.cache.setGetSessionCallback(() => this.outside);
  }

  step(): void {
    const dice = this.random(100);
    if (dice < 25) this.turnClock();
    else if (dice < 50) this.add(this.newSession());
    else if (dice < 85) this.lookUp(this.random(IDS));
    else if (dice < 88) this.cache.removeSessionById(id(this.random(IDS)));
    else if (dice < 92) this.move();
    else if (dice < 96) this.setTime();
    else if (dice < 98) this.cache.flushSessions();
    else this.cache.finishHandshake('server', undefined);
  }

  turnClock(): void {
    const far = this.random(4) === 0 ? 5000 : 90;
    this.clock.now += this.random(3) === 0 ? -this.random(far) : this.random(far);
  }

  newSession(n = this.random(IDS)): Session {
    const time = this.clock.now + pick(this.random, [0, 0, 0, -20, 1, 59, 60, 61, 500, 4000]);
    const timeout = pick(this.random, [10, 80, 300, 10_000]);
    const authTime = this.random(4) === 0 ? time - this.random(50) : time;
    const made = new Session({ id: id(n), time, timeout, authTime, data: Uint8Array.of(n) });
    this.notes.set(made.serial, { time, timeout, deadline: authTime + LIFETIME });
    return made;
  }

  /** Its lifetime begins now at the latest; with UPDATE_TIME its time is now. */
  seen(session: Session, note: Note): void {
    if (!session.isCached) note.deadline = Math.min(note.deadline, this.clock.now + LIFETIME);
    if (this.updatesTime) note.time = this.clock.now;
  }

  get updatesTime(): boolean {
    return (this.cache.getSessionCacheMode() & 0x400) !== 0;
  }

  add(session: Session): void {
    this.seen(session, this.notes.get(session.serial)!);
    this.cache.addSession(session);
    assert.is(session.isCached, true);
  }

  /** Out of the cache and back in, by a handle of another serial. */
  move(): void {
    const [first] = this.cache;
    if (first === undefined) return;
    const again = first.dup();
    this.notes.set(again.serial, { ...this.notes.get(first.serial)! });
    this.cache.removeSession(first);
    this.add(again);
  }

  setTime(): void {
    const [first] = this.cache;
    if (first === undefined) return;
    const time = this.clock.now + pick(this.random, [0, -30, 50, 70, 3000]);
    const note = this.notes.get(first.serial)!;
    note.time = time;
    note.deadline = Math.min(note.deadline, time + LIFETIME);
    first.setTime(time);
  }

  lookUp(n: number): void {
    const inside = [...this.cache].find((each) => each.id[0] === n);
    this.outside = inside === undefined && this.random(2) === 0 ? this.newSession(n) : undefined;
    const asked = inside ?? this.outside;
    const note = asked && this.notes.get(asked.serial)!;
    // One from the future is not looked at further when the get callback gives it.
    if (asked === this.outside && note && this.isNear(note)) this.seen(asked!, note);
    const expected = note !== undefined && this.isGood(note) && this.isNear(note);
    const before = this.cache.stats().missCauses;
    const found = this.cache.resumeSession(id(n));
    const at = `clock ${this.clock.now}, ${JSON.stringify(note)}`;
    assert.is(found !== undefined, expected, at);
    if (found !== undefined) {
      this.outcomes.served++;
      assert.is(found.serial, asked!.serial);
      if (this.updatesTime) {
        note!.time = this.clock.now;
        note!.deadline = Math.min(note!.deadline, this.clock.now + LIFETIME);
      }
    } else if (note !== undefined) {
      const cause = this.isGood(note) || asked === this.outside && !this.isNear(note) ? 'future' : 'expired'; // prettier-ignore
      this.outcomes[cause]++;
      assert.is(this.cache.stats().missCauses[cause], before[cause] + 1, `${cause}, ${at}`);
      assert.is(this.cache.hasMatchingSessionId(id(n)), cause === 'future' && asked === inside, at);
    }
  }

  isNear(note: Note): boolean {
    return note.time <= this.clock.now + AHEAD_MAX;
  }

  isGood(note: Note): boolean {
    return this.clock.now <= Math.min(note.time + note.timeout, note.deadline);
  }

  /**
   * Whatever has happened: what is added now is served, and a flush leaves nothing that has ended.
   */
  end(): void {
    const time = this.clock.now;
    for (let n = 0; n < IDS; n++) {
      const made = new Session({ id: id(n), time, timeout: 50, data: Uint8Array.of(n) });
      this.notes.set(made.serial, { time, timeout: 50, deadline: time + LIFETIME });
      this.add(made);
      this.lookUp(n);
    }
    assert.ok(this.cache.stats().number > 0);
    this.clock.now += 5_000_000;
    this.cache.flushSessions();
    assert.is(this.cache.stats().number, 0);
  }
}

test('none is served past its absolute lifetime or from the future, and none that is good is refused', () => {
  const outcomes = { served: 0, expired: 0, future: 0 };
  const seeds = depth(ALL, PART);
  remarkDepth('calls', ALL * CALLS, seeds * CALLS);
  for (let seed = 1; seed <= seeds; seed++) {
    const trial = new Trial(seed);
    for (let i = 0; i < CALLS; i++) trial.step();
    trial.end();
    for (const key of ['served', 'expired', 'future'] as const) {
      outcomes[key] += trial.outcomes[key];
    }
    trial.cache.close();
  }
  assert.ok(Math.min(...Object.values(outcomes)) > 10 * seeds, JSON.stringify(outcomes));
});

test.run();

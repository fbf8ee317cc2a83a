// Random calls of a ClientSessionCache, each compared with the model; the debug core validates
// itself.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { validate } from '../model/validate.ts';
import { debugModule } from '../support/debug-core.ts';
import { pick, type Random, seededRandom } from '../support/random.ts';
import { keyFor, makeSession, TLS1_2, TLS1_3 } from './made.ts';
import { type Limits, Model, type Stored } from './model.ts';

const test = suite('random calls against a plain model');

const START = 1_800_000_000;
const DAY = 86_400;
const PEERS = 5;
const CONNECTIONS = 6;

interface Connection {
  object: object;
  family: number;
  /** If it resumed: when the peer was last authenticated. */
  authTime: number | undefined;
}

/** A session that is handed out, in the cache and in the model. */
interface Out {
  taken: Buffer;
  session: Stored;
  stays: boolean;
}

class Sequence {
  readonly random: Random;
  readonly debug: boolean;
  readonly limits: Limits;
  readonly cache: SessionCache;
  readonly sessions: ClientSessionCache;
  readonly model: Model;
  /** The bytes of each session, by name. */
  readonly bytes: Uint8Array[] = [];
  readonly out: Out[] = [];
  connections: Connection[] = [];
  families = 0;
  now = START;

  constructor(seed: number, debug: boolean) {
    this.debug = debug;
    this.random = seededRandom(seed);
    this.limits = {
      size: pick(this.random, [1, 2, 5, 12, 50]),
      ticketsPerPeer: pick(this.random, [1, 2, 4, 8]),
      keepLast: this.random(2) === 1,
      maxLifetime: pick(this.random, [100, 2 * DAY, 7 * DAY]),
    };
    const { size, maxLifetime, ...rest } = this.limits;
    this.cache = new SessionCache({
      mode: SessionCacheMode.CLIENT,
      module: debug ? debugModule() : undefined,
      size,
      maxLifetime: { tls12: Math.min(maxLifetime, DAY), tls13: maxLifetime },
      now: () => this.now,
    });
    if (this.random(2) === 1) this.cache.setRemoveSessionCallback(() => {});
    this.sessions = new ClientSessionCache({ cache: this.cache, maxLifetime, ...rest });
    this.model = new Model(this.limits);
    this.model.now = START;
    this.connections = Array.from({ length: CONNECTIONS }, () => this.connection());
  }

  connection(): Connection {
    return { object: {}, family: ++this.families, authTime: undefined };
  }

  step(): void {
    const { random } = this;
    const peer = random(PEERS);
    const key = keyFor(peer);
    const call = random(20);
    if (call < 7) this.put(peer);
    else if (call < 11) this.take(peer);
    else if (call === 11) assert.is(this.sessions.drop(key), this.model.drop(peer));
    else if (call === 12) this.same(this.sessions.peek(key), this.model.peek(peer));
    else if (call === 13) assert.is(this.sessions.count(key), this.model.count(peer));
    else if (call === 14) this.dropFamily();
    else if (call === 15) this.putBack();
    else if (call === 16) this.resumed();
    else if (call === 17) this.dropConnection();
    else if (call === 18) this.connections[random(CONNECTIONS)] = this.connection();
    else this.now = this.model.now += pick(random, [1, 10, 60, 3600, DAY]);
    assert.is(this.cache.stats().number, this.model.stored.length);
    if (this.debug) validate(this.cache);
  }

  put(peer: number): void {
    const { random, now } = this;
    const isTicket = random(3) > 0;
    const time = now - pick(random, [0, 0, 5, 50]);
    const timeout = pick(random, [1, 60, 7200, 10 * DAY]);
    const connection = pick(random, this.connections);
    const name = this.bytes.length;
    const protocolVersion = isTicket ? TLS1_3 : TLS1_2;
    const length = random(200);
    this.bytes.push(makeSession({ protocolVersion, time, hint: timeout, length }));
    const session = { name, peer, isTicket, time, timeout, family: connection.family };
    const expected = this.model.put({
      ...session,
      authTime: Math.min(connection.authTime ?? time, time),
    });
    const put = this.sessions.put(keyFor(peer), this.bytes[name]!, connection.object);
    assert.is(put, expected);
  }

  take(peer: number): void {
    const expected = this.model.take(peer);
    const taken = this.sessions.take(keyFor(peer));
    this.same(taken, expected?.session);
    if (taken !== undefined) this.out.push({ taken, ...expected! });
  }

  dropFamily(): void {
    const out = this.one();
    if (out === undefined) return;
    const expected = this.model.dropFamily(out.session.family);
    assert.is(this.sessions.dropFamily(out.taken), expected);
  }

  putBack(): void {
    const out = this.one();
    if (out === undefined) return;
    const expected = out.stays || this.model.put(out.session);
    assert.is(this.sessions.putBack(out.taken), expected);
  }

  resumed(): void {
    const out = this.one();
    if (out === undefined) return;
    const { family, authTime } = out.session;
    const connection = { object: {}, family, authTime };
    this.connections[this.random(CONNECTIONS)] = connection;
    this.sessions.resumed(out.taken, connection.object);
  }

  dropConnection(): void {
    const { object, family } = pick(this.random, this.connections);
    assert.is(this.sessions.dropConnection(object), this.model.dropFamily(family));
  }

  /** Ends a connection that has one of the sessions handed out. */
  one(): Out | undefined {
    return this.out.splice(this.random(this.out.length + 1), 1)[0];
  }

  same(taken: Buffer | undefined, expected: Stored | undefined): void {
    const bytes = expected && this.bytes[expected.name];
    assert.equal(taken && new Uint8Array(taken), bytes);
  }
}

function run(first: number, last: number, steps: number, debug: boolean): void {
  for (let seed = first; seed <= last; seed++) {
    const sequence = new Sequence(seed, debug);
    for (let step = 1; step <= steps; step++) {
      try {
        sequence.step();
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step}: ${String(error)}`, { cause: error });
      }
    }
    sequence.cache.close();
  }
}

test('200 sequences of 300 calls', () => run(1, 200, 300, false));

test('the core holds its invariants after every call', () => run(201, 212, 150, true));

test.run();

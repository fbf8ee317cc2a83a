// Two servers over one store, each with a clock that jumps both ways: random handshakes, beside
// notes of when each session may be served at the latest.

import { randomBytes } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { pick, type Random, seededRandom } from '../support/random.ts';
import { assertResumed, type Outcome, type Running, withServer } from './harness.ts';

const test = suite('attachServer: clocks that jump');

const LIFE = 100;
const AHEAD_MAX = 60;
const START = Math.floor(Date.now() / 1000);
const NO_INTERNAL = 0x300;

interface Host {
  clock: { now: number };
  cache: SessionCache;
  server: Running;
  /** Hands on to the store, and from it. */
  flush(): Promise<unknown>;
}

/** What a client has, and when it may be resumed. */
interface Held {
  session: Buffer;
  /** When it was made, by the clock of its host. */
  time: number;
  /** When the full handshake was, by the clock of its host… */
  authTime: number;
  /** …and the earliest time at which each other host kept a session that goes back to it. */
  seen: Map<Host, number>;
}

async function withHosts(
  random: Random,
  tls: TlsOptions,
  mode: number,
  use: (hosts: Host[]) => Promise<void>,
): Promise<void> {
  const store = memoryStore();
  const keys = [randomBytes(32)];
  const hosts: Host[] = [];
  const start = async (): Promise<void> => {
    if (hosts.length === 2) return use(hosts);
    const clock = { now: START + random(40) };
    const cache = new SessionCache({ timeout: 90, maxLifetime: LIFE, mode, now: () => clock.now });
    const shared = attachExternal(cache, store, { keys, deadline: 1000 });
    const attach = { tls13: tls.maxVersion !== 'TLSv1.2', namespace: 'n' };
    await withServer({ tls, attach, cache }, async (server) => {
      hosts.push({ clock, cache, server, flush: () => shared.flush({ timeout: 1000 }) });
      await start();
    });
  };
  await start();
}

function jump(random: Random, { clock }: Host): void {
  const far = pick(random, [20, 20, 70, 5000]);
  clock.now += random(3) === 0 ? -random(far) : random(far);
}

/** Checks a handshake against what is noted of the session that was offered; notes what it made. */
function note(
  offered: Held | undefined,
  host: Host,
  outcome: Outcome,
  is13: boolean,
): Held | undefined {
  const { now } = host.clock;
  if (!outcome.resumed) offered = undefined;
  if (offered !== undefined) {
    const first = Math.min(offered.authTime, offered.seen.get(host) ?? Infinity);
    const story = `clock ${now - START}, made ${offered.time - START}, first ${first - START}`;
    assert.ok(now <= first + LIFE, `past its absolute lifetime: ${story}`);
    assert.ok(offered.time <= now + AHEAD_MAX, `from the future: ${story}`);
  }
  if (outcome.session === undefined) return undefined;
  // A handshake of TLS 1.2 that resumes makes no session, and a cache may keep none of another's.
  const isSame = offered !== undefined && !is13;
  const isKept = !isSame || (host.cache.getSessionCacheMode() & NO_INTERNAL) === 0;
  const seen = new Map(offered?.seen);
  if (isKept) seen.set(host, Math.min(now, seen.get(host) ?? Infinity));
  const authTime = Math.min(offered?.authTime ?? now, isKept ? now : Infinity);
  return { session: outcome.session, time: isSame ? offered!.time : now, authTime, seen };
}

for (const [name, tls] of [
  ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ['TLS 1.3', { minVersion: 'TLSv1.3' }],
] as const) {
  for (const [where, mode] of [
    ['also in the process', 0x2],
    ['in the store alone', 0x2 | NO_INTERNAL],
  ] as const) {
    test(`${name}, sessions kept ${where}: none is resumed too late or from the future`, async () => {
      let [resumed, refused] = [0, 0];
      for (let seed = 1; seed <= 6; seed++) {
        const random = seededRandom(seed);
        await withHosts(random, tls, mode, async (hosts) => {
          let held: Held | undefined;
          for (let turn = 0; turn < 25; turn++) {
            const host = pick(random, hosts);
            if (random(2) === 0) jump(random, pick(random, hosts));
            const outcome = await host.server.connect(held?.session);
            if (outcome.resumed) resumed++;
            else if (held !== undefined) refused++;
            held = note(held, host, outcome, name === 'TLS 1.3');
            await Promise.all(hosts.map((each) => each.flush()));
          }
          // Whatever has happened: once the clocks agree, sessions are resumed by both.
          for (const { clock } of hosts) clock.now = START + 20_000;
          const { session } = await hosts[0]!.server.connect();
          await hosts[0]!.flush();
          assertResumed(await hosts[1]!.server.connect(session), true);
        });
      }
      assert.ok(resumed > 20 && refused > 20, `${resumed} resumed, ${refused} refused`);
    });
  }
}

test.run();

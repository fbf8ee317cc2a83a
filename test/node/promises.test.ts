// Random sequences of handshakes, changes and revocations, held against what docs/node-servers.md
// promises: a resumption is allowed only under the policy, the name and the lifetime of the full
// handshake that its session goes back to, and not after a revocation.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { connectTls, CONTEXT, reportOn, untilLookedUp, type Version } from './harness.ts';
import { withGate } from './wire.ts';

const test = suite('attachServer: random handshakes, changes and revocations');

const member = readCertificate('client');
const LIFE = 40;
const NAMES = ['one.test', 'two.test', ''];

/** Numbers below `limit`, the same for the same seed (mulberry32). */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** What is known of a session that a client holds. */
interface Known {
  bytes: Buffer;
  policy: string;
  name: string;
  authTime: number;
  /** Of the full handshake: its number, as a tag too. */
  handshake: number;
  /** Why it must not resume any more; undefined: it may. */
  ended: string | undefined;
}

const context = {
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
};
const policies = [
  { ca: member.cert },
  { ca: [member.cert, readCertificate('ecdsa').cert] },
  { ca: member.cert, sigalgs: 'rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256' },
];

async function run(version: Version, seed: number, steps: number): Promise<Record<string, number>> {
  const below = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const versions = { minVersion: version, maxVersion: version };
  const common = { ...context, ...versions };
  const sockets: TLSSocket[] = [];
  const server = createServer(
    { ...common, ...policies[0], requestCert: true, rejectUnauthorized: false },
    (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.resume();
      socket.end(JSON.stringify(reportOn(socket)));
    },
  );
  server.on('tlsClientError', () => {});
  const clock = { now: 1_000_000 };
  const cache = new SessionCache({ timeout: 30, maxLifetime: LIFE, now: () => clock.now });
  let handshakes = 0;
  const attached = attachServer(server, cache, {
    tls13: version === 'TLSv1.3',
    onError: (error) => assert.unreachable(String(error)),
    tags: () => [`handshake ${handshakes}`],
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const known: Known[] = [];
  const made: { socket: TLSSocket; handshake: number }[] = [];
  const seen: Record<string, number> = { full: 0, resumed: 0, held: 0, refused: 0 };
  let current = 0;
  /** By name: how often addContext was called for it. */
  const added = new Map<string, number>();
  const policyFor = (name: string): string => `${current} ${added.get(name) ?? 0}`;
  const end = (why: string, which: (session: Known) => boolean): void => {
    for (const session of known) if (which(session)) session.ended ??= why;
  };

  /** Something that changes what may resume; returns whether everything under way ends with it. */
  const change = (): { all: boolean; handshake?: number } => {
    switch (below(6)) {
      case 0: {
        current = below(policies.length);
        server.setSecureContext({ ...common, ...policies[current] });
        return { all: true };
      }
      case 1: {
        const name = NAMES[below(2)]!;
        added.set(name, (added.get(name) ?? 0) + 1);
        // Each time with other options, so that no policy comes back.
        const ca = Array.from({ length: added.get(name)! }, () => member.cert);
        server.addContext(name, { ...context, ca });
        return { all: true };
      }
      case 2: {
        const connection = pick(made);
        if (connection === undefined) return { all: false };
        attached.revoke(connection.socket);
        const { handshake } = connection;
        end('socket', (session) => session.handshake === handshake);
        return { all: false, handshake };
      }
      case 3: {
        const session = pick(known);
        if (session === undefined) return { all: false };
        const { handshake } = session;
        cache.revoke({ tag: `handshake ${handshake}` });
        end('tag', (each) => each.handshake === handshake);
        return { all: false, handshake };
      }
      default:
        clock.now += below(40);
        return { all: false };
    }
  };

  for (let step = 0; step < steps; step++) {
    clock.now += below(10);
    if (below(5) === 0) change();
    const session = below(5) > 0 ? (pick(known.slice(-6)) ?? pick(known)) : undefined;
    const name = session && below(6) > 0 ? session.name : NAMES[below(NAMES.length)]!;
    const policy = policyFor(name);
    const acceptedAt = clock.now;
    const client = { ...member, servername: name, checkServerIdentity: () => undefined };
    const offered = session?.bytes;
    const isHeld = below(3) === 0;
    handshakes++;
    let outcome;
    let during: ReturnType<typeof change> = { all: false };
    const wasEnded = session?.ended;
    if (isHeld) {
      seen.held!++;
      const { hits, misses, skipped } = attached.stats();
      const before = [hits, ...Object.values(misses), ...Object.values(skipped)].reduce((a, b) => a + b); // prettier-ignore
      await withGate(port, async (gate, open) => {
        const held = connectTls(gate, offered, client);
        await untilLookedUp(attached, before + 1);
        during = change();
        open();
        outcome = await held;
      });
    } else {
      outcome = await connectTls(port, offered, client);
    }
    const { resumed, sessions, server: report } = outcome!;
    const about = `step ${step} of seed ${seed}`;
    assert.is(report?.resumed, resumed, about);
    seen[resumed ? 'resumed' : 'full']!++;
    if (resumed) {
      assert.ok(session, about);
      assert.is(wasEnded, undefined, `${about}: had ended by ${wasEnded}`);
      assert.is(session.policy, policy, `${about}: another policy`);
      assert.is(session.name, name, `${about}: another name`);
      assert.ok(acceptedAt - session.authTime <= LIFE, `${about}: older than ${LIFE} s`);
    } else if (session) seen.refused!++;
    if (version === 'TLSv1.3' && session && resumed) session.ended ??= 'used';
    const origin = resumed ? session! : { authTime: clock.now, handshake: handshakes };
    const socket = sockets.at(-1)!;
    made.push({ socket, handshake: origin.handshake });
    const isEnded = during.all || (during.handshake === origin.handshake && resumed);
    for (const bytes of sessions) {
      known.push({
        bytes,
        policy,
        name,
        authTime: origin.authTime,
        handshake: origin.handshake,
        ended: isEnded ? 'during its handshake' : undefined,
      });
    }
  }
  attached.detach();
  server.close();
  return seen;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as Version[]) {
  test(`${version}: no session resumes that may not`, async () => {
    const total: Record<string, number> = {};
    for (let seed = 1; seed <= 4; seed++) {
      const seen = await run(version, seed * 7919, 60);
      for (const [name, count] of Object.entries(seen)) total[name] = (total[name] ?? 0) + count;
    }
    for (const [name, count] of Object.entries(total)) {
      assert.ok(count > 20, `${name} came ${count} times only`);
    }
  });
}

test.run();

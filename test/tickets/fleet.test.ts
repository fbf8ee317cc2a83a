// Three hosts behind a balancer, one of which has a clock that is a period ahead, while the keys
// change ten times and clients of three kinds come all the time.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TicketKeysStats } from '../../bindings/tickets/index.ts';
import { connectTls, type Version } from '../node/harness.ts';
import { type Member, withMembers } from './fork.ts';
import { SECRET, VERSIONS } from './harness.ts';
import { connectAndKeep } from './kinds.ts';

const test = suite('attachTicketKeys: a fleet');

const PERIOD = 2;
const ROTATIONS = 10;
/** Milliseconds of load. */
const LOAD = (ROTATIONS + 1) * PERIOD * 1000;
const REQUEST = 'GET / HTTP/1.0\r\n\r\n';

/** Passes each connection on to the next member. */
async function withBalancer(
  members: Member[],
  use: (port: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const open = new Set<Duplex>();
  const balancer = createServer((socket) => {
    const there = connectTcp(members[next++ % members.length]!.port, '127.0.0.1');
    const pair = [socket, there] as const;
    for (const each of pair) open.add(each);
    // Either end may be reset, and is closed with the other.
    pipeline(socket, there, socket, () => pair.forEach((each) => each.destroy()));
    for (const each of pair) each.on('close', () => open.delete(each));
  });
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  try {
    await use((balancer.address() as AddressInfo).port);
  } finally {
    for (const socket of open) socket.destroy();
    balancer.close();
    await once(balancer, 'close');
  }
}

/** Whether each connection resumed. The first offers nothing. */
type Client = (port: number, version: Version) => Promise<boolean[]>;

/** Always offers the ticket that it was given first. */
const faithful: Client = async (port) => {
  const until = performance.now() + LOAD;
  const { session, resumed } = await connectTls(port, undefined, {}, REQUEST);
  const seen = [resumed];
  while (performance.now() < until) {
    await wait(20);
    seen.push((await connectTls(port, session, {}, REQUEST)).resumed);
  }
  return seen;
};

/** Offers the ticket that it was given last. */
const modern: Client = async (port) => {
  const until = performance.now() + LOAD;
  let { session, resumed } = await connectAndKeep(port, undefined, REQUEST);
  const seen = [resumed];
  while (performance.now() < until) {
    await wait(20);
    ({ session, resumed } = await connectAndKeep(port, session, REQUEST));
    seen.push(resumed);
  }
  return seen;
};

const openssl: Client = async (port, version) => {
  const folder = await mkdtemp(join(tmpdir(), 'sesscache-'));
  const file = join(folder, 'session.pem');
  const seen: boolean[] = [];
  const until = performance.now() + LOAD;
  try {
    while (performance.now() < until) {
      const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', '-sess_out', file];
      args.push(version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3');
      if (seen.length > 0) args.push('-sess_in', file);
      const text = await run('openssl', args, REQUEST);
      const isReused = /^Reused, TLS/m.test(text);
      assert.is(text.includes(`"resumed":${isReused}`), true, text);
      seen.push(isReused);
      await wait(200);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return seen;
};

/** One process of curl, which keeps its sessions in memory. Of TLS 1.2 it takes no tickets. */
const curl: Client = async (port) => {
  const urls = `https://127.0.0.1:${port}/?[1-${Math.ceil(LOAD / 500)}]`;
  const text = await run('curl', ['-sSk', '--rate', '120/m', urls], '');
  const answers = text.trim().split('\n');
  return answers.map((line) => (JSON.parse(line) as { resumed: boolean }).resumed);
};

const CLIENTS: Record<string, Client> = { faithful, modern, openssl };

function run(command: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: LOAD + 60_000 });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', () => reject(new Error(`this test needs ${command}: install it`)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}: ${output}`));
    });
  });
}

for (const version of VERSIONS) {
  test(`${version}: no client ever loses a ticket while the keys change`, async () => {
    // For curl, which uses a ticket once.
    const renew = version === 'TLSv1.3' ? 'always' : undefined;
    const secret = SECRET.toString('hex');
    const config = { secret, period: PERIOD, version, renew, isHttp: true } as const;
    const ahead = { ...config, ahead: PERIOD * 1000 };
    await withMembers([config, config, ahead], async (...members) => {
      await withBalancer(members, async (port) => {
        const all = await Promise.all(
          Object.entries(version === 'TLSv1.3' ? { ...CLIENTS, curl } : CLIENTS).map(async ([name, client]) => [name, await client(port, version)] as const), // prettier-ignore
        );
        for (const [name, [first, ...others]] of all) {
          assert.is(first, false, name);
          assert.ok(others.length > ROTATIONS, `${name} came ${others.length} times`);
          const lost = others.filter((resumed) => !resumed).length;
          assert.is(lost, 0, `${name} lost ${lost} of ${others.length}`);
        }
      });
      const stats = await Promise.all(members.map(({ call }) => call<TicketKeysStats>('stats')));
      for (const { mode, rotations, unknown, errors } of stats) {
        assert.equal({ mode, unknown, errors }, { mode: 'callback', unknown: 0, errors: 0 });
        assert.ok(rotations >= ROTATIONS, `${rotations} rotations`);
      }
      for (const age of ['next', '1', '2-3', '4-7', '8-15'] as const) {
        assert.ok(
          stats.some(({ accepted }) => accepted[age] > 0),
          `tickets of age ${age}`,
        );
      }
    });
  });

  test(`${version}: with Node's own keys, all tickets are lost in each change`, async () => {
    await withMembers(
      [
        { stock: true, version },
        { stock: true, version },
      ],
      async (...members) => {
        for (let rotation = 0; rotation < 3; rotation++) {
          const keys = randomBytes(48).toString('hex');
          const { session } = await members[0]!.connect();
          for (const { call } of members) await call('setTicketKeys', [keys]);
          for (const { connect } of members) assert.is((await connect(session)).resumed, false);
        }
      },
    );
  });
}

test.run();

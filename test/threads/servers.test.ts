// TLS servers in several threads, with one cache.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { Session } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import { attachServer, type AttachStats } from '../../bindings/node/index.ts';
import { joinSharedCache } from '../../bindings/threads/index.ts';
import { messageOf, Shared } from './threads.ts';

const test = suite('servers in threads');

const { key, cert } = readCertificate('ecdsa');
const VERSIONS: SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

interface Visit {
  readonly isResumed: boolean;
  readonly session: Buffer | undefined;
}

async function visit(port: number, version: SecureVersion, session?: Buffer): Promise<Visit> {
  return new Promise((resolve, reject) => {
    let last = session;
    let isResumed = false;
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: cert,
      minVersion: version,
      maxVersion: version,
      session,
    });
    socket.on('session', (given) => (last = given)).on('error', reject);
    socket.on('secureConnect', () => (isResumed = socket.isSessionReused()));
    socket.on('data', () => {}).on('close', () => resolve({ isResumed, session: last }));
  });
}

class Servers {
  readonly shared = new Shared();
  readonly workers: Worker[] = [];
  readonly ports: number[] = [];

  async start(count: number, options?: WorkerOptions): Promise<void> {
    for (let i = 0; i < count; i++) {
      const data = { certificate: { key, cert }, tag: 'all' };
      const worker = this.shared.start('serve', data, options);
      this.workers.push(worker);
      this.ports.push(await messageOf<number>(worker));
    }
  }

  async ask<Answer>(thread: number, message: unknown): Promise<Answer> {
    const answer = messageOf<Answer>(this.workers[thread]!);
    this.workers[thread]!.postMessage(message);
    return answer;
  }

  async stop(): Promise<void> {
    this.shared.validate();
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    this.shared.cache.close();
  }
}

test('resume what any of them has made', async () => {
  const servers = new Servers();
  await servers.start(2);
  const [a, b] = servers.ports as [number, number];
  for (const version of VERSIONS) {
    let last = await visit(a, version);
    assert.not.ok(last.isResumed);
    for (const port of [b, a, b, b, a, a]) {
      last = await visit(port, version, last.session);
      assert.ok(last.isResumed, `${version} on ${port === a ? 'the same' : 'the other'} thread`);
    }
  }
  for (const thread of [0, 1]) {
    const { errors, hits } = await servers.ask<AttachStats>(thread, 'stats');
    assert.is(errors, 0);
    assert.ok(hits > 0);
  }
  await servers.stop();
});

test('say which thread they are in, in metrics and in lines of NODE_DEBUG', async () => {
  const servers = new Servers();
  await servers.start(2, { env: { ...process.env, NODE_DEBUG: 'sesscache' }, stderr: true });
  const lines: string[] = [];
  for (const worker of servers.workers) {
    worker.stderr.setEncoding('utf8').on('data', (text: string) => void lines.push(text));
  }
  for (const port of servers.ports) await visit(port, 'TLSv1.2');
  const sources = [];
  for (const [i, { threadId }] of servers.workers.entries()) {
    const counts = await servers.ask<AttachStats>(i, 'stats');
    assert.is(counts.thread, threadId);
    sources.push([{ stats: () => counts }] as const);
  }
  const text = metricsOf(sources);
  for (const { threadId } of servers.workers) {
    const label = `thread="${threadId}"`;
    assert.match(text, `sesscache_attached_handshakes_total{${label},kind="full"} 1`);
    const said = new RegExp(`SESSCACHE \\d+: thread ${threadId}, server TLSv1.2 full`);
    for (let i = 0; i < 200 && !said.test(lines.join('')); i++) await sleep(10);
    assert.match(lines.join(''), said);
  }
  assert.not.match(text, /_thread[{ ]/, 'the number of a thread is no metric');
  await servers.stop();
});

test('resume a TLS 1.3 session once, whichever thread is asked', async () => {
  const servers = new Servers();
  await servers.start(2);
  const [a, b] = servers.ports as [number, number];
  let resumed = 0;
  for (let i = 0; i < 40; i++) {
    const { session } = await visit(i % 2 ? a : b, 'TLSv1.3');
    const both = await Promise.all([a, b].map((port) => visit(port, 'TLSv1.3', session)));
    const count = both.filter((each) => each.isResumed).length;
    assert.ok(count <= 1, 'both threads resumed it');
    resumed += count;
    assert.not.ok((await visit(a, 'TLSv1.3', session)).isResumed);
  }
  assert.is(resumed, 40);
  await servers.stop();
});

test('do not resume what another thread removes right before they do', async () => {
  const { cache } = new Shared();
  const other = joinSharedCache(cache.share());
  const server = createServer(
    { key, cert, secureOptions: constants.SSL_OP_NO_TICKET, sessionIdContext: 'x' },
    (socket) => socket.on('error', () => {}).end('hello'),
  );
  const attached = attachServer(server, cache, { namespace: 'x', tls13: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const first = await visit(port, 'TLSv1.3');
  const second = await visit(port, 'TLSv1.3', first.session);
  assert.ok(second.isResumed);
  let overtaken = 0;
  cache.removeSession = (session) => {
    if (other.removeSession(new Session({ id: session.id, protocolVersion: 0x0304 }))) overtaken++;
    return Object.getPrototypeOf(cache).removeSession.call(cache, session) as boolean;
  };
  assert.not.ok((await visit(port, 'TLSv1.3', second.session)).isResumed);
  assert.is(overtaken, 1);
  assert.is(attached.stats().misses.absent, 1);
  server.close();
  other.close();
  cache.close();
});

test('end the sessions of a tag for all of them', async () => {
  const servers = new Servers();
  await servers.start(2);
  const [a, b] = servers.ports as [number, number];
  for (const version of VERSIONS) {
    const { session } = await visit(a, version);
    assert.ok((await servers.ask<number>(1, { tag: 'all' })) > 0);
    assert.not.ok((await visit(a, version, session)).isResumed);
    assert.not.ok((await visit(b, version, session)).isResumed);
  }
  await servers.stop();
});

test('go on when one of them is terminated', async () => {
  const servers = new Servers();
  await servers.start(3);
  const [a, b, c] = servers.ports as [number, number, number];
  let last = await visit(c, 'TLSv1.2');
  await servers.workers[2]!.terminate();
  for (const port of [a, b, a]) {
    last = await visit(port, 'TLSv1.2', last.session);
    assert.ok(last.isResumed);
  }
  await servers.stop();
});

test('warn without a namespace, for then nothing resumes elsewhere', async () => {
  const { cache } = new Shared();
  const server = createServer({ key, cert, sessionIdContext: 'x' });
  const warning = new Promise<Error & { code?: string }>((resolve) => {
    const note = (each: Error & { code?: string }): void => {
      if (each.code !== 'SESSCACHE_NAMESPACE') return;
      process.off('warning', note);
      resolve(each);
    };
    process.on('warning', note);
  });
  attachServer(server, cache, { tls13: true });
  assert.match((await warning).message, /the same `namespace` in every thread/);
  cache.close();
});

test.run();

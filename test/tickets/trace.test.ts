// What can be seen of tickets from outside: counters as metrics, a channel, a line to debug with.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metricsOf } from '../../bindings/metrics/index.ts';
import type { TicketEvent } from '../../bindings/tickets/index.ts';
import { parse } from '../metrics/openmetrics.ts';
import { resetClock, setClock, withTickets } from './harness.ts';

const test = suite('attachTicketKeys: telemetry');

test.before.each(() => setClock(0));
test.after.each(resetClock);

test('the counters are metrics', async () => {
  await withTickets({ version: 'TLSv1.2', keys: { keep: 2 } }, async ({ connect, attached }) => {
    const { session } = await connect();
    for (const age of [0, 1, 2, 3]) {
      setClock(age);
      await connect(session);
    }
    const text = metricsOf(attached, { prefix: 'tickets' });
    parse(text);
    for (const line of [
      '# TYPE tickets_mode gauge',
      'tickets_mode{mode="callback"} 1',
      '# TYPE tickets_keys gauge',
      'tickets_keys 4',
      'tickets_made_total 4',
      'tickets_renewed_total 2',
      'tickets_unknown_total 1',
      'tickets_rotations_total 3',
      'tickets_accepted_total{kind="present"} 1',
      'tickets_accepted_total{kind="2-3"} 1',
      'tickets_by_secret_total{kind="first"} 3',
      'tickets_refused_total{cause="names"} 0',
      'tickets_not_made_total{kind="error"} 0',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    }
  });
});

test('the channel `sesscache:tickets` tells each event, and nothing secret', async () => {
  const events: TicketEvent[] = [];
  const note = (message: unknown): unknown => events.push(message as TicketEvent);
  await withTickets({ version: 'TLSv1.2', keys: { keep: 2 } }, async ({ connect, server }) => {
    const { session } = await connect();
    await connect(session); // untraced
    subscribe('sesscache:tickets', note);
    try {
      await connect(session);
      setClock(2);
      await connect(session);
      setClock(3);
      await connect(session);
    } finally {
      unsubscribe('sesscache:tickets', note);
    }
    assert.ok(events.every((event) => event.server === server));
    const bare = events.map((event) => {
      const { server: ignored, ...rest } = event;
      assert.ok(ignored);
      return rest;
    });
    for (const event of bare) if (event.type === 'rotated') assert.type(event.since, 'number');
    assert.equal(
      bare.map((event) =>
        event.type === 'rotated' ? { type: event.type, keys: event.keys } : event,
      ),
      [
        { type: 'accepted', age: 'present', renewed: false },
        { type: 'rotated', keys: 4 },
        { type: 'accepted', age: '2-3', renewed: true },
        { type: 'made' },
        { type: 'rotated', keys: 4 },
        { type: 'unknown' },
        { type: 'made' },
      ],
    );
  });
});

test('NODE_DEBUG=sesscache prints a line for each event', async () => {
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--import',
      'tsx',
      join(import.meta.dirname, 'member.ts'),
      '{"version":"TLSv1.2"}',
    ],
    {
      env: { ...process.env, NODE_DEBUG: 'sesscache' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  let lines = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (lines += text));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const { connectTls } = await import('../node/harness.ts');
  const { session } = await connectTls(port);
  await connectTls(port, session);
  const ended = Promise.all([once(child, 'exit'), once(child.stderr!, 'end')]);
  child.disconnect();
  await ended;
  for (const line of [
    /^SESSCACHE \d+: ticket mode \{"mode":"callback"\}$/m,
    /^SESSCACHE \d+: ticket rotated \{"since":\d+,"keys":26\}$/m,
    /^SESSCACHE \d+: ticket made \{\}$/m,
    /^SESSCACHE \d+: ticket accepted \{"age":"present","renewed":false\}$/m,
  ]) {
    assert.match(lines, line);
  }
});

test('its lines in a worker thread begin with the number of the thread', async () => {
  const program = `
    const { createServer } = require('node:tls');
    const { attachTicketKeys } = require('sesscache/tickets');
    const server = createServer({ sessionIdContext: 'thread' });
    const attached = attachTicketKeys(server, { secret: Buffer.from('${'a secret of 32 bytes at least '.repeat(2)}') });
    void attached.ready.then(() => attached.detach());
  `;
  const env = { ...process.env, NODE_DEBUG: 'sesscache' };
  const worker = new Worker(program, { eval: true, env, stderr: true });
  const { threadId } = worker;
  let lines = '';
  worker.stderr.setEncoding('utf8').on('data', (text: string) => (lines += text));
  const [code] = await once(worker, 'exit');
  assert.is(code, 0);
  const line = new RegExp(`^SESSCACHE \\d+: thread ${threadId}, ticket mode `, 'm');
  assert.match(lines, line);
});

test('a subscriber or an `onError` that throws reaches no handshake', async () => {
  const broken = (): never => {
    throw new Error('a listener failed');
  };
  const uncaught: unknown[] = [];
  const note = (error: unknown): unknown => uncaught.push(error);
  const before = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
  subscribe('sesscache:tickets', broken);
  try {
    await withTickets({ keys: { onError: broken } }, async ({ connect }) => {
      const { session } = await connect();
      assert.is((await connect(session)).resumed, true);
    });
  } finally {
    unsubscribe('sesscache:tickets', broken);
    process.off('uncaughtException', note);
    for (const listener of before) process.on('uncaughtException', listener as () => void);
  }
  assert.ok(uncaught.length > 0, 'Node reports it, as with every channel');
});

test.run();

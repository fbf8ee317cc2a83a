// A program's own listener for connections may do to the raw socket what it likes: with a cache
// attached the same comes of it as without.

import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kind } from '../harness.ts';
import { sameAsStock } from './twins.ts';

const test = suite('attachServer: what a program does to the raw socket');

type Note = (...what: unknown[]) => void;

type Act = (socket: Socket, note: Note) => unknown;

/** What does no harm in stock Node: its TLS has the handle of the socket by then. */
const harmless: Record<string, Act> = {
  nothing: () => {},
  "on('data')": (socket) => socket.on('data', () => {}),
  "once('data')": (socket) => socket.once('data', () => {}),
  'resume()': (socket) => socket.resume(),
  'pause()': (socket) => socket.pause(),
  'pause() and resume()': (socket) => socket.pause().resume(),
  'resume() and pause()': (socket) => socket.resume().pause(),
  'pause(), and resume() later': (socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), 20);
  },
  'read()': (socket) => socket.read(),
  'read(0)': (socket) => socket.read(0),
  "on('readable') and read()": (socket) => socket.on('readable', () => socket.read()),
  "once('readable'), read() and unshift()": (socket) =>
    socket.once('readable', () => {
      const bytes = socket.read() as Buffer | null;
      if (bytes) socket.unshift(bytes);
    }),
  'pipe()': (socket) => socket.pipe(new PassThrough()),
  'pipe() and unpipe()': (socket) => socket.unpipe(socket.pipe(new PassThrough())),
  "setEncoding('latin1')": (socket) => socket.setEncoding('latin1'),
  "setEncoding('utf8') and on('data')": (socket) => socket.setEncoding('utf8').on('data', () => {}),
  'asynchronous iteration': (socket, note) =>
    void (async () => {
      try {
        for await (const chunk of socket) note('iterates over', (chunk as Buffer).length);
      } catch (error) {
        note('iteration', (error as NodeJS.ErrnoException).code);
      }
    })(),
  "on('end') and on('close')": (socket, note) => {
    for (const event of [
      'end',
      'close',
      'finish',
      'error',
      'timeout',
      'drain',
      'lookup',
      'connect',
    ]) {
      socket.on(event, () => note('raw', event));
    }
  },
  'setTimeout()': (socket, note) => socket.setTimeout(60_000, () => note('timeout')),
  'setNoDelay(), setKeepAlive(), unref(), ref()': (socket) =>
    socket.setNoDelay(true).setKeepAlive(true, 1000).unref().ref(),
  'cork() and uncork()': (socket) => {
    socket.cork();
    socket.uncork();
  },
  'removeAllListeners()': (socket) => socket.removeAllListeners(),
};

/** What ends the connection in stock Node. */
const harmful: Record<string, Act> = {
  'end()': (socket) => socket.end(),
  "end('bye')": (socket) => socket.end('bye'),
  "write('220 ')": (socket) => socket.write('220 '),
  'destroy()': (socket) => socket.destroy(),
  'destroy(error)': (socket, note) => {
    socket.on('error', (error) => note('raw error', error.message));
    socket.destroy(new Error('not today'));
  },
  'destroySoon()': (socket) => socket.destroySoon(),
  'resetAndDestroy()': (socket) => socket.resetAndDestroy(),
  'destroy() a little later': (socket) => setImmediate(() => socket.destroy()),
};

const KINDS: Kind[] = ['tls', 'https', 'http2'];

for (const [name, act] of Object.entries({ ...harmless, ...harmful })) {
  test(name, async () => {
    for (const when of ['before', 'after'] as const) {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        await Promise.all(KINDS.map((kind) => compare(name, act, kind, when, version)));
      }
    }
  });
}

/** `when`: whether the program's listener comes before the cache is attached. */
async function compare(
  name: string,
  act: Act,
  kind: Kind,
  when: 'before' | 'after',
  version: 'TLSv1.2' | 'TLSv1.3',
): Promise<void> {
  const options = {
    kind,
    tls: { minVersion: version, maxVersion: version },
    [when]: (server: Server, note: Note) => server.on('connection', (socket) => act(socket, note)),
  };
  let seen = '';
  await sameAsStock(options, async ({ visit, note, quiet, server }) => {
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    const result = await visit();
    seen = result.outcome;
    await quiet();
    note(result.outcome, result.text.length > 0);
  });
  const about = `${kind} ${when} ${version}`;
  if (name in harmless) assert.is(seen, 'secure', about);
  else assert.ok(seen !== 'secure' && seen !== 'HANGS', about);
}

test.run();

// A client leaves no secrets of sessions in the memory of its process.

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect, SessionAgent } from '../../bindings/client/index.ts';
import { unmask } from '../support/masked.ts';
import { searchMemory } from '../support/memory.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('secrets of sessions');

async function measure(
  way: string,
  port: number,
  count: number,
): Promise<{ secrets: number; found: number; copies: number }> {
  // prettier-ignore
  const program = join(import.meta.dirname, 'secrets-client.ts');
  const args = ['--no-warnings', '--expose-gc', '--import', 'tsx', program, way, `${port}`, `${count}`]; // prettier-ignore
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const secrets = (JSON.parse(line) as string[]).map(unmask);
  const result = searchMemory(child.pid!, secrets);
  child.stdin!.end();
  await once(child, 'exit');
  return { secrets: secrets.length, ...result };
}

for (const version of VERSIONS) {
  test(`${version}: are in no memory of the process once the cache is closed`, async () => {
    if (!existsSync('/proc/self/mem')) {
      assert.is.not(process.platform, 'linux', 'where it can be searched, it is');
      return;
    }
    const server = await serve('https', version);
    const ours = await measure('cache', server.port, 6);
    assert.ok(ours.secrets >= (version === 'TLSv1.2' ? 1 : 4), 'there were sessions');
    assert.is(ours.found, 0);
    const shared = await measure('foreign listener', server.port, 6);
    assert.is(shared.found, shared.secrets, 'the search finds what a listener has kept');
    await server.close();
  });

  test(`${version}: are overwritten in the event's Buffer, unless the program has seen it`, async () => {
    const server = await serve('https', version);
    const { emit } = EventEmitter.prototype;
    const seen: Buffer[] = [];
    EventEmitter.prototype.emit = function spy(name, ...args: unknown[]) {
      if (name === 'session') seen.push(args[0] as Buffer);
      return Reflect.apply(emit, this, [name, ...args]) as boolean;
    };
    try {
      for (const [way, listen] of WAYS) {
        seen.length = 0;
        const sessions = new ClientSessionCache(); // a full handshake each time
        const socket = connect({ host: 'localhost', port: server.port, ca, sessions });
        const own = listen(socket);
        socket.once('secureConnect', () => {
          socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
        });
        socket.resume();
        await once(socket, 'close');
        sessions.close();
        assert.ok(seen.length > 0, way);
        assert.is(isBlank(seen.at(-1)!), way === 'none', way);
        for (const session of own) assert.not.ok(isBlank(session), `${way}: intact`);
        assert.is(own.length > 0, way !== 'none', way);
      }
    } finally {
      EventEmitter.prototype.emit = emit;
      await server.close();
    }
  });
}

/** The ways in which a program may get hold of a session's Buffer. */
const WAYS: [string, (socket: TLSSocket) => Buffer[]][] = [
  ['none', () => []],
  ['on', (socket) => collect((listener) => socket.on('session', listener))],
  ['once', (socket) => collect((listener) => socket.once('session', listener))],
  ['prependListener', (socket) => collect((listener) => socket.prependListener('session', listener))], // prettier-ignore
  ['prependOnceListener', (socket) => collect((listener) => socket.prependOnceListener('session', listener))], // prettier-ignore
  [
    'events.once',
    (socket) => collect((listener) => void once(socket, 'session').then(([it]) => listener(it))),
  ],
  [
    'events.on',
    (socket) =>
      collect((listener) => {
        const events = on(socket, 'session', { close: ['close'] });
        void (async () => {
          for await (const [session] of events) listener(session as Buffer);
        })();
      }),
  ],
  [
    'an emit of its own',
    (socket) =>
      collect((listener) => {
        const { emit } = socket;
        socket.emit = function own(name: string, ...args: unknown[]) {
          if (name === 'session') listener(args[0] as Buffer);
          return Reflect.apply(emit, this, [name, ...args]) as boolean;
        };
      }),
  ],
];

function collect(listen: (listener: (session: Buffer) => void) => unknown): Buffer[] {
  const seen: Buffer[] = [];
  listen((session) => seen.push(session));
  return seen;
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

test('are handed to an https.Agent that is not ours as they came', async () => {
  const server = await serve('https', 'TLSv1.2');
  const sessions = new ClientSessionCache();
  const agent = new SessionAgent({ sessions, ca });
  const request = get({ agent, port: server.port, host: 'localhost' });
  const [socket] = (await once(request, 'socket')) as [TLSSocket];
  const own = collect((listener) => socket.on('session', listener));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(request, 'close');
  assert.is(own.length, 1);
  assert.not.ok(isBlank(own[0]!));
  sessions.close();
  await server.close();
});

test.run();

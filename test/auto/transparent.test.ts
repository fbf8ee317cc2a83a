// Under sesscache/auto a connection looks to its program as it does without: what it returns,
// throws and emits, in which order, in which async context. Each scenario is run both ways, and
// compared.

import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { errorMonitor, EventEmitter, once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { install } from '../../bindings/auto/index.ts';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { ca, type Running, serve, VERSIONS } from '../client/servers.ts';

const test = suite('sesscache/auto is transparent');

/** Beside a server: a port without a listener, one that resets, one that never answers. */
interface Places {
  port: number;
  closed: number;
  resets: number;
  silent: number;
  close(): Promise<void>;
}

async function placesBeside(server: Running): Promise<Places> {
  const sockets = new Set<Socket>();
  const listen = async (
    greet: (socket: Socket) => void,
  ): Promise<[number, () => Promise<void>]> => {
    const other = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      greet(socket);
    });
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const close = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      other.close();
      await once(other, 'close');
    };
    return [(other.address() as { port: number }).port, close];
  };
  const [closed, closeClosed] = await listen(() => {});
  await closeClosed();
  const [resets, closeResets] = await listen((socket) =>
    socket.once('data', () => socket.resetAndDestroy()),
  );
  const [silent, closeSilent] = await listen((socket) => socket.resume());
  const close = async (): Promise<void> => {
    await closeResets();
    await closeSilent();
  };
  return { port: server.port, closed, resets, silent, close };
}

type Scenario = (places: Places) => unknown[];

const base = { host: 'localhost', ca };
/** Arguments of `tls.connect`. */
const ARGUMENTS: Record<string, Scenario> = {
  options: ({ port }) => [{ ...base, port }],
  'options, listener': ({ port }) => [{ ...base, port }, named('listener')],
  'port, host, options, listener': ({ port }) => [port, 'localhost', { ca }, named('listener')],
  'port as text, options': ({ port }) => [`${port}`, { ca, host: 'localhost' }],
  'port, options over host': ({ port }) => [port, 'nowhere.invalid', { ...base }],
  'host by number': ({ port }) => [{ port, host: '127.0.0.1', ca, servername: 'localhost' }],
  'a lookup': ({ port }) => [{ ...base, port, lookup: lookupHere }],
  'a check': ({ port }) => [{ ...base, port, checkServerIdentity: () => undefined }],
  'a check that rejects': ({ port }) => [
    { ...base, port, checkServerIdentity: () => new Error('rejected') },
  ],
  'not verified': ({ port }) => [{ port, rejectUnauthorized: false }],
  'unknown authority': ({ port }) => [{ port, host: 'localhost' }],
  'another name': ({ port }) => [{ ...base, port, servername: 'other.test' }],
  'a closed port': ({ closed }) => [{ ...base, port: closed }],
  'reset in the handshake': ({ resets }) => [{ ...base, port: resets }],
  'one address, no choice': ({ port }) => [{ ...base, port, autoSelectFamily: false }],
  'an early timeout': ({ silent }) => [{ ...base, port: silent, timeout: 300 }],
  'a signal': ({ silent }) => [{ ...base, port: silent, signal: AbortSignal.timeout(300) }],
  'a signal that has come': ({ port }) => [{ ...base, port, signal: AbortSignal.abort() }],
  'a path that is not there': () => ['/nonexistent/socket', { ca }],
  'frozen options': ({ port }) => [Object.freeze({ ...base, port })],
  'no prototype': ({ port }) => [Object.assign(Object.create(null) as object, base, { port })],
  'a class': ({ port }) => [new (class Options { ca = ca; host = 'localhost'; port = port; get key(): string { throw new Error('inherited'); } })()], // prettier-ignore
  'a proxy': ({ port }) => [new Proxy({ ...base, port }, {})],
  'options of HTTP': ({ port }) => [
    { ...base, port, headers: new Map(), agent: false, auth: null },
  ],
  'a session of the caller that is none': ({ port }) => [{ ...base, port, session: Buffer.of(1) }],
  'no arguments': () => [],
  null: () => [null],
  'undefined, options': ({ port }) => [undefined, { ...base, port }],
  'a port that is none': () => [{ port: 70_000 }],
  'a host that is none': ({ port }) => [{ port, host: 5 }],
  'authorities that are none': ({ port }) => [{ port, ca: 'x' }],
  'a key that is none': ({ port }) => [{ port, ca, key: 'x', cert: 'y' }],
  'versions in conflict': ({ port }) => [
    { port, minVersion: 'TLSv1.2', secureProtocol: 'TLS_method' },
  ],
  'a version that is none': ({ port }) => [{ port, minVersion: 'TLSv9' }],
  'ciphers that are none': ({ port }) => [{ port, ciphers: 'x' }],
  'a check that is no function': ({ port }) => [{ port, checkServerIdentity: 'x' }],
  'a servername that is an address': ({ port }) => [{ ...base, port, servername: '127.0.0.1' }],
  'a getter that throws': ({ port }) => [
    {
      port,
      get ca(): never {
        throw new RangeError('mine');
      },
    },
  ],
  'over a connected socket': ({ port }) => [{ ca, host: 'localhost', socket: connectTcp(port, '127.0.0.1') }], // prettier-ignore
  'over a socket that fails': ({ closed }) => [{ ca, host: 'localhost', socket: connectTcp(closed, '127.0.0.1').on('error', () => {}) }], // prettier-ignore
};

function lookupHere(
  _: string,
  options: { all?: boolean },
  callback: (...all: unknown[]) => void,
): void {
  if (options.all) setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  else setImmediate(callback, null, '127.0.0.1', 4);
}

const context = new AsyncLocalStorage<string>();
/** What a listener of the program saw. */
let log: string[] = [];
const named =
  (name: string) =>
  (...args: unknown[]): void => {
    log.push(`${name}(${args.length}) in ${context.getStore()}`);
  };

/** Come with listeners that we add, to those alone. */
const NOT_COMPARED = new Set<unknown>(['newListener', 'removeListener', errorMonitor]);

function describe(value: unknown): string {
  if (value instanceof Error) {
    const { name, code, message, syscall, reason } = value as NodeJS.ErrnoException & { reason?: string }; // prettier-ignore
    return `${name} ${code} ${message.replaceAll(/\d{5}/g, 'PORT')} ${syscall} ${reason}`;
  }
  if (Buffer.isBuffer(value)) return 'Buffer';
  if (typeof value === 'object' && value !== null) return value.constructor.name;
  return String(value).replaceAll(/^\d{5}$/g, 'PORT');
}

const isAborted = (options: unknown): boolean =>
  (options as { signal?: AbortSignal } | undefined)?.signal?.aborted === true;

function shapeOf(socket: TLSSocket): string {
  const names = Object.getOwnPropertyNames(socket).toSorted();
  const symbols = Object.getOwnPropertySymbols(socket).map(String).toSorted();
  const kind = `${socket instanceof TLSSocket} ${Object.getPrototypeOf(socket) === TLSSocket.prototype} ${types.isProxy(socket)}`; // prettier-ignore
  return `${kind} ${names.join()} ${symbols.join()}`;
}

/** Calls `tls.connect`, and notes all that can be seen. */
async function trace(args: unknown[]): Promise<string[]> {
  log = [];
  const mine = log;
  const { emit } = EventEmitter.prototype;
  const published: unknown[] = [];
  const onSocket = (message: unknown): unknown => published.push(message);
  const kinds: string[] = [];
  let isCalling = true;
  const hook = createHook({ init: (_, type) => void (isCalling && kinds.push(type)) });
  let socket: TLSSocket | undefined;
  diagnostics.subscribe('net.client.socket', onSocket);
  hook.enable();
  try {
    socket = context.run('the call', () => Reflect.apply(tls.connect, tls, args) as TLSSocket);
  } catch (error) {
    mine.push(`throws ${describe(error)}`);
  }
  isCalling = false;
  hook.disable();
  diagnostics.unsubscribe('net.client.socket', onSocket);
  // The cache's clock has a timer.
  mine.push(
    `resources ${kinds.filter((kind) => kind !== 'Timeout').join()}`,
    `published ${published.length}`,
  );
  if (socket === undefined) return mine;
  mine.push(shapeOf(socket));
  const { listener } = { listener: named('on session') };
  EventEmitter.prototype.emit = function spy(name, ...rest: unknown[]) {
    if (this === socket && !NOT_COMPARED.has(name)) {
      mine.push(`${String(name)}: ${rest.map(describe).join()} in ${context.getStore()}`);
    }
    return Reflect.apply(emit, this, [name, ...rest]) as boolean;
  };
  try {
    context.run('a listener', () => socket.on('session', listener));
    socket.on('secureConnect', () => {
      mine.push(shapeOf(socket), `${socket.authorized} ${socket.authorizationError}`);
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    });
    socket.on('error', () => {});
    socket.on('timeout', () => socket.destroy());
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await sleep(5);
  } finally {
    EventEmitter.prototype.emit = emit;
  }
  // Node goes on to connect a socket that it has closed, which takes a while.
  if (args.some(isAborted))
    return mine.slice(
      0,
      mine.findIndex((line) => line.startsWith('close')),
    );
  mine.push(shapeOf(socket), `${socket.listenerCount('error')} ${socket.destroyed}`);
  return mine;
}

for (const version of VERSIONS) {
  for (const [name, scenario] of Object.entries(ARGUMENTS)) {
    test(`${version}: ${name}`, async () => {
      const server = await serve('https', version);
      const places = await placesBeside(server);
      const sessions = new ClientSessionCache();
      const uninstall = install({ sessions });
      uninstall();
      await trace(scenario(places)); // what Node warns of once
      const stock = await trace(scenario(places));
      const stockAgain = await trace(scenario(places));
      install({ sessions });
      try {
        const first = await trace(scenario(places));
        assert.equal(first, stock);
        if (!stockAgain.some((line) => line.startsWith('session'))) {
          assert.equal(await trace(scenario(places)), stockAgain);
        }
        assert.is(sessions.stats().errors, 0);
      } finally {
        uninstall();
        install({ sessions })();
        sessions.close();
        await places.close();
        await server.close();
      }
    });
  }

  test(`${version}: resumed, as stock Node resumes a session that it is given`, async () => {
    const server = await serve('https', version);
    const options: ConnectionOptions = { ...base, port: server.port };
    let session: Buffer | undefined;
    const first = tls.connect(options);
    first.once('session', (it) => (session = it));
    first.resume();
    await once(first, 'session');
    first.destroy();
    const stock = await trace([{ ...options, session }]);
    const sessions = new ClientSessionCache();
    const uninstall = install({ sessions });
    await trace([options]);
    const ours = await trace([options]);
    uninstall();
    assert.equal(ours, stock);
    assert.equal(server.resumed, [false, true, false, true]);
    sessions.close();
    await server.close();
  });

  test(`${version}: each getter is read once, in the same order, whether there is a key or not`, async () => {
    const server = await serve('https', version);
    const readsOf = async (more: object): Promise<string[]> => {
      const reads: string[] = [];
      const watched = new Proxy(
        { ...base, port: server.port, ...more },
        {
          get: (target, name) => (reads.push(`get ${String(name)}`), Reflect.get(target, name) as unknown), // prettier-ignore
          ownKeys: (target) => (reads.push('ownKeys'), Reflect.ownKeys(target)),
          has: (target, name) => (reads.push(`has ${String(name)}`), Reflect.has(target, name)),
          getOwnPropertyDescriptor: (target, name) => (reads.push(`describe ${String(name)}`), Reflect.getOwnPropertyDescriptor(target, name)), // prettier-ignore
        },
      );
      const socket = tls.connect(watched);
      await once(socket, 'secureConnect');
      socket.destroy();
      return reads;
    };
    for (const more of [{}, { requestOCSP: true }]) {
      const stock = await readsOf(more);
      const uninstall = install({ sessions: new ClientSessionCache() });
      const ours = await readsOf(more);
      uninstall();
      assert.equal(ours, stock);
      assert.is(new Set(ours).size, ours.length);
    }
    await server.close();
  });
}

test('options that are changed after the call change nothing', async () => {
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  const uninstall = install({ sessions });
  const authorities = [ca];
  const options: ConnectionOptions = { ...base, port: server.port, ca: authorities };
  const visit = async (): Promise<boolean> => {
    const socket = tls.connect(options);
    authorities[0] = Buffer.from('changed');
    options.rejectUnauthorized = false;
    await once(socket, 'secureConnect');
    assert.is(socket.authorized, true);
    const reused = socket.isSessionReused();
    socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    authorities[0] = ca;
    delete options.rejectUnauthorized;
    return reused;
  };
  assert.equal([await visit(), await visit()], [false, true]);
  uninstall();
  sessions.close();
  await server.close();
});

test('a second object of options is added to the first, as Node does', () => {
  const outcome = (): [object, string] => {
    const first = { host: 'localhost' };
    let message = '';
    try {
      (tls.connect as (...args: unknown[]) => unknown)(first, { port: 70_000, ca });
    } catch (error) {
      ({ message } = error as Error);
    }
    return [first, message];
  };
  const stock = outcome();
  const uninstall = install();
  const ours = outcome();
  uninstall();
  assert.equal(ours, stock);
  assert.match(ours[1], /70000/);
});

test.run();

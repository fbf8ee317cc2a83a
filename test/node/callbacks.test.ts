// How Node's callbacks are answered: that of newSession at once, for a client may lose data
// otherwise; that of resumeSession once and without an error, for anything else kills the
// connection.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Session, SessionCache } from '../../bindings/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, type Version, withServer } from './harness.ts';

const test = suite("attachServer: Node's callbacks");

const settings: Record<Version, { tls: { maxVersion: Version }; attach: AttachOptions }> = {
  'TLSv1.2': { tls: { maxVersion: 'TLSv1.2' }, attach: {} },
  'TLSv1.3': { tls: { maxVersion: 'TLSv1.3' }, attach: { tls13: true } },
};

type Callback = (...args: unknown[]) => void;

interface Calls {
  /** Events, and how many of them were answered before the listeners returned. */
  made: number;
  atOnce: number;
  /** For each question, what it was answered with. */
  answers: unknown[][][];
}

/** Counts how the callbacks of a server's events are called. */
function watch(server: Server): Calls {
  const calls: Calls = { made: 0, atOnce: 0, answers: [] };
  const emit = server.emit as (...args: unknown[]) => boolean;
  server.emit = (type: string, ...args: unknown[]): boolean => {
    if (type === 'newSession') {
      calls.made++;
      const done = args[2] as Callback;
      let returned = false;
      args[2] = (...values: unknown[]) => {
        if (!returned) calls.atOnce++;
        done(...values);
      };
      try {
        return emit.call(server, type, ...args);
      } finally {
        returned = true;
      }
    }
    if (type === 'resumeSession') {
      const answers: unknown[][] = [];
      calls.answers.push(answers);
      const answer = args[1] as Callback;
      args[1] = (...values: unknown[]) => {
        answers.push([values[0], values[1] === null ? null : (values[1] as Buffer).length > 0]);
        answer(...values);
      };
    }
    return emit.call(server, type, ...args);
  };
  return calls;
}

const stores: Record<string, undefined | (() => unknown)> = {
  'the cache itself': undefined,
  'a store that has nothing': () => undefined,
  'a store that answers with a promise of nothing': async () => undefined,
  'a store that answers too late': () => sleep(100),
  'a store that never answers': () => new Promise(() => {}),
  'a store that throws': () => {
    throw new Error('down');
  },
  'a store that rejects': () => Promise.reject(new Error('down')),
  'a store that answers with text': () => 'session',
  'a store that answers with bytes': () => Buffer.alloc(100),
  'a store that promises an ArrayBuffer': async () => new ArrayBuffer(100),
  'a store that promises a number': async () => 1,
};

for (const version of Object.keys(settings) as Version[]) {
  for (const [name, get] of Object.entries(stores)) {
    test(`${version}: with ${name}`, async () => {
      const cache = new SessionCache();
      if (get) {
        cache.setNewSessionCallback(() => false); // it is kept elsewhere
        cache.setGetSessionCallback(get as () => Session | undefined);
      }
      let calls: Calls | undefined;
      let errors = 0;
      const { tls } = settings[version];
      const attach = { ...settings[version].attach, lookupTimeout: 50, onError: () => errors++ };
      const prepare = (server: Server): void => void (calls = watch(server));
      const options = { cache, tls, attach, prepare };
      await withServer({ ...options, errors: mayFail(name, version) }, async ({ connect }) => {
        const { session } = await connect();
        assertResumed(await connect(session), get === undefined);
      });
      assert.ok(calls && calls.made >= 1);
      assert.is(calls.atOnce, calls.made);
      assert.is(calls.answers.length, 2);
      const last = [null, get === undefined ? true : null];
      assert.equal(calls.answers, [[[null, null]], [last]]);
    });
  }

  test(`${version}: detached while a store is asked`, async () => {
    const cache = new SessionCache();
    cache.setNewSessionCallback(() => false);
    const asking = new Promise<void>((resolve) => {
      cache.setGetSessionCallback(() => {
        resolve();
        return new Promise(() => {});
      });
    });
    let calls: Calls | undefined;
    const prepare = (server: Server): void => void (calls = watch(server));
    const attach = { ...settings[version].attach, lookupTimeout: 60_000 };
    const { tls } = settings[version];
    await withServer({ cache, tls, attach, prepare }, async ({ connect, attached }) => {
      const first = connect();
      if (version === 'TLSv1.2') {
        await asking; // for a random id, as Node asks in any case
        attached.detach();
        assertResumed(await first, false);
      } else {
        const { session } = await first;
        const second = connect(session);
        await asking;
        attached.detach();
        assertResumed(await second, false);
      }
      assert.equal(calls?.answers.at(-1), [[null, null]]);
    });
  });
}

type Resume = (error: null, data: null) => void;

const rivals: Record<string, (server: Server) => unknown> = {
  'answers at once': (server) => server.on('resumeSession', (_id, answer: Resume) => answer(null, null)), // prettier-ignore
  'comes first': (server) => server.prependListener('resumeSession', (_id, answer: Resume) => answer(null, null)), // prettier-ignore
  'answers once': (server) => server.prependOnceListener('resumeSession', (_id, answer: Resume) => answer(null, null)), // prettier-ignore
  'takes its time': (server) => server.on('resumeSession', (_id, answer: Resume) => void setTimeout(answer, 20, null, null)), // prettier-ignore
};

for (const version of Object.keys(settings) as Version[]) {
  for (const [what, add] of Object.entries(rivals)) {
    test(`${version}: a later resumeSession listener that ${what} is left to answer`, async () => {
      const codes: unknown[] = [];
      const note = (warning: { code?: unknown }): unknown => codes.push(warning.code);
      process.on('warning', note);
      await withServer(settings[version], async ({ server, connect, attached }) => {
        const { session } = await connect();
        add(server);
        assertResumed(await connect(session), false);
        assert.is(attached.stats().skipped.listeners, 1);
        assertResumed(await connect(), false);
        server.on('resumeSession', () => {});
      });
      process.off('warning', note);
      assert.equal(codes, ['SESSCACHE_LISTENERS'], 'once');
    });
  }

  test(`${version}: a later resumeSession listener that only looks leaves the answer to the cache`, async () => {
    const codes: unknown[] = [];
    const note = (warning: { code?: unknown }): unknown => codes.push(warning.code);
    process.on('warning', note);
    await withServer(settings[version], async ({ server, connect, attached }) => {
      let asked = 0;
      server.on('resumeSession', () => asked++);
      void once(server, 'resumeSession');
      const { session } = await connect();
      assertResumed(await connect(session), true);
      assert.ok(asked > 0);
      assert.is(attached.stats().skipped.listeners, 0);
    });
    process.off('warning', note);
    assert.equal(codes, []);
  });

  test(`${version}: a session that another listener resumes has no successor in the cache`, async () => {
    await withServer(settings[version], async ({ server, connect, attached }) => {
      let theirs: Buffer | undefined;
      server.on('newSession', (_id, data: Buffer) => (theirs = Buffer.from(data)));
      const { session } = await connect();
      server.on('resumeSession', (_id, answer: (error: null, data: Buffer) => void) => {
        answer(null, theirs!);
      });
      const { stored } = attached.stats();
      assertResumed(await connect(session), true);
      // When its full handshake was, and whether it has been revoked, is not known here.
      assert.is(attached.stats().stored, stored);
      assert.is(attached.stats().notStored.listeners, version === 'TLSv1.3' ? 1 : 0);
    });
  });

  test(`${version}: callbacks of the cache that reject are reported, and end no process`, async () => {
    const cache = new SessionCache({ size: 1 });
    const fails = async (): Promise<never> => {
      throw new Error('down');
    };
    cache.setNewSessionCallback(fails as never);
    cache.setRemoveSessionCallback(fails as never);
    const reported: string[] = [];
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const onError = (error: unknown): unknown => reported.push((error as Error).message);
      const attach = { ...settings[version].attach, onError: onError as () => void };
      // TLS 1.3: three are made, of which one is evicted, one is used and one is flushed.
      const errors = version === 'TLSv1.3' ? 6 : 2;
      await withServer({ ...settings[version], attach, cache, errors }, async ({ connect }) => {
        const { session } = await connect();
        assertResumed(await connect(session), true);
        cache.flushSessions(0);
        await sleep(10);
        assert.equal(
          reported,
          Array.from({ length: errors }, () => 'down'),
        );
      });
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.equal(unhandled, []);
  });
}

test('detached before the first byte of a hello: the connection goes on without us', async () => {
  await withServer({ attach: { tls13: true } }, async ({ server, port, attached }) => {
    const failed = once(server, 'tlsClientError');
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    while (attached.stats().pending.hellos === 0) await sleep(5);
    attached.detach();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    const [error] = (await failed) as [NodeJS.ErrnoException];
    assert.is(error.code, 'ERR_SSL_HTTP_REQUEST');
    socket.destroy();
    assert.equal(attached.stats().hellos, { read: 0, left: 1, timeouts: 0, lost: 0 });
  });
});

test.run();

/** How often the store is asked and fails: in TLS 1.2 for the first, random id too. */
function mayFail(name: string, version: Version): number {
  if (!/throws|rejects|text|bytes|ArrayBuffer|number/.test(name)) return 0;
  return version === 'TLSv1.2' ? 2 : 1;
}

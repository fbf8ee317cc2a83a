import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import http2 from 'node:http2';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import tls, { connect as liveConnect, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { install, type InstallOptions } from '../../bindings/auto/index.ts';
import { isPreloaded } from '../../bindings/auto/preloaded.ts';
import { ClientSessionCache, connect, SessionAgent } from '../../bindings/client/index.ts';
import { ca, serve, VERSIONS } from '../client/servers.ts';

const test = suite('sesscache/auto');

const { connect: stock } = tls;
const { createConnection: stockCreate } = https.Agent.prototype as unknown as { createConnection: unknown }; // prettier-ignore
const root = join(import.meta.dirname, '../..');

const isStock = (): boolean =>
  tls.connect === stock &&
  liveConnect === stock &&
  (https.Agent.prototype as unknown as { createConnection: unknown }).createConnection === stockCreate; // prettier-ignore

async function installed(
  options: InstallOptions,
  work: (sessions: ClientSessionCache) => Promise<void>,
): Promise<void> {
  const sessions = options.sessions ?? new ClientSessionCache();
  const uninstall = install({ ...options, sessions });
  try {
    await work(sessions);
  } finally {
    uninstall();
    sessions.close();
  }
  assert.ok(isStock());
}

async function finish(socket: TLSSocket): Promise<boolean> {
  await once(socket, 'secureConnect');
  const reused = socket.isSessionReused();
  socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  return reused;
}

async function get(options: https.RequestOptions): Promise<void> {
  const headers = { connection: 'close' }; // the global agent keeps connections open
  const request = https.get({ host: 'localhost', ca, headers, ...options });
  const [response] = await once(request, 'response');
  response.resume();
  if (!request.closed) await once(request, 'close');
}

test('does nothing when it is imported', () => {
  assert.ok(isStock());
});

test('replaces the functions, also those that ES modules have imported, and puts the very ones back', () => {
  const uninstall = install();
  assert.is.not(tls.connect, stock);
  assert.is(liveConnect, tls.connect, 'an import is alive');
  assert.is(createRequire(import.meta.url)('tls').connect, tls.connect);
  assert.is(tls.connect.name, 'connect');
  assert.is(tls.connect.length, stock.length);
  uninstall();
  assert.ok(isStock());
  uninstall();
  assert.ok(isStock(), 'once more does nothing');
});

test('installed twice is once: the last options count, and either function takes it away', () => {
  const sessions = new ClientSessionCache();
  const one = install();
  const { connect: replaced } = tls;
  const two = install({ sessions });
  assert.is(tls.connect, replaced);
  two();
  assert.ok(isStock());
  one();
  const three = install();
  one();
  two();
  assert.not.ok(isStock(), 'those of earlier installations do nothing to this one');
  three();
  assert.ok(isStock());
  sessions.close();
});

test('refuses wrong options, and changes nothing', () => {
  for (const [options, message] of [
    [null, /"options" expected object, got null/],
    [{ sessions: {} }, /"sessions" expected ClientSessionCache/],
    [{ exclude: 'localhost' }, /"exclude" expected function or undefined, got string/],
  ] as const) {
    assert.throws(() => install(options as never), message);
    assert.ok(isStock());
  }
});

test('shows what a wrapper of the program has put on the function, and what it says of itself', () => {
  const wrapper = ((...args: Parameters<typeof stock>) => stock(...args)) as typeof stock;
  const hidden = Symbol('hidden');
  Object.assign(wrapper, { isWrapped: true, original: stock });
  Object.defineProperty(wrapper, hidden, { value: 1 });
  tls.connect = wrapper;
  const uninstall = install();
  const { connect: ours } = tls;
  assert.is.not(ours, wrapper);
  for (const key of Reflect.ownKeys(wrapper)) {
    const ownOf = (target: object): unknown => Object.getOwnPropertyDescriptor(target, key);
    assert.equal(ownOf(ours), ownOf(wrapper), String(key));
  }
  uninstall();
  assert.is(tls.connect, wrapper);
  assert.equal(Object.keys(wrapper), ['isWrapped', 'original'], 'nothing of ours stays on it');
  tls.connect = stock;
  syncBuiltinESMExports();
});

test('leaves the function of a program that has replaced tls.connect since', async () => {
  const server = await serve('https', 'TLSv1.2');
  const uninstall = install({ sessions: new ClientSessionCache() });
  const { connect: ours } = tls;
  let calls = 0;
  const theirs = ((...args: Parameters<typeof ours>) => (calls++, ours(...args))) as typeof ours;
  tls.connect = theirs;
  uninstall();
  assert.is(tls.connect, theirs);
  for (let i = 0; i < 2; i++) {
    assert.is(await finish(tls.connect({ host: 'localhost', port: server.port, ca })), false);
  }
  assert.is(calls, 2, 'and reaches Node through ours');
  // As wrappers do that want to look like what they wrap.
  Object.defineProperties(theirs, Object.getOwnPropertyDescriptors(ours));
  const again = install({ sessions: new ClientSessionCache() });
  assert.is.not(tls.connect, theirs, 'what was copied from ours is no installation');
  const finished: boolean[] = [];
  for (let i = 0; i < 2; i++) {
    finished.push(await finish(tls.connect({ host: 'localhost', port: server.port, ca })));
  }
  assert.equal(finished, [false, true]);
  again();
  assert.is(tls.connect, theirs);
  tls.connect = stock;
  syncBuiltinESMExports();
  await server.close();
});

for (const version of VERSIONS) {
  test(`${version}: tls, https and http2 of Node resume without a word`, async () => {
    const server = await serve('https', version);
    const server2 = await serve('http2', version);
    await installed({}, async (sessions) => {
      for (let i = 0; i < 3; i++) {
        await finish(tls.connect(server.port, 'localhost', { ca }));
      }
      assert.equal(server.resumed.splice(0), [false, true, true]);
      for (let i = 0; i < 3; i++) await get({ port: server.port });
      assert.equal(server.resumed.splice(0), [false, true, true]);
      for (let i = 0; i < 3; i++) {
        const session = http2.connect(`https://localhost:${server2.port}`, { ca, session: undefined }); // prettier-ignore
        const stream = session.request({ ':path': '/' });
        stream.resume();
        await once(stream, 'close');
        session.close();
        await once(session, 'close');
      }
      assert.equal(server2.resumed, [false, true, true]);
      assert.is(sessions.stats().resumed, 6);
      assert.is(sessions.stats().errors, 0);
    });
    await server.close();
    await server2.close();
  });

  test(`${version}: a session of the caller's wins, and that of https.Agent does not`, async () => {
    const server = await serve('https', version);
    const first = tls.connect({ host: 'localhost', port: server.port, ca });
    const [mine] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    server.resumed.length = 0;
    await installed({}, async (sessions) => {
      const own = tls.connect({ host: 'localhost', port: server.port, ca, session: mine });
      assert.is(await finish(own), true);
      assert.is(sessions.stats().stored, 0);
      const agent = new https.Agent();
      for (let i = 0; i < 3; i++) await get({ port: server.port, agent });
      assert.equal(server.resumed.splice(0), [true, false, true, true]);
      const { taken, resumed } = sessions.stats();
      assert.equal([taken, resumed], [2, 2], 'they were ours');
      await get({ port: server.port, agent, session: mine } as object);
      assert.equal(server.resumed, [true]);
      assert.is(sessions.stats().taken, 2, 'through the agent the caller wins too');
    });
    await server.close();
  });

  test(`${version}: what has no key goes through with the agent's session, as without us`, async () => {
    const server = await serve('https', version);
    await installed({}, async (sessions) => {
      const agent = new https.Agent();
      const options = { port: server.port, agent, requestOCSP: true } as object;
      for (let i = 0; i < 3; i++) await get(options);
      assert.equal(server.resumed, [false, true, true]);
      assert.is(sessions.stats().stored, 0);
      assert.equal(sessions.stats().unkeyedBy, ['requestOCSP']);
    });
    await server.close();
  });

  test(`${version}: our own adapters use their own caches, once`, async () => {
    const server = await serve('https', version);
    const other = new ClientSessionCache();
    await installed({}, async (sessions) => {
      for (let i = 0; i < 2; i++) await get({ port: server.port, agent: new SessionAgent({ sessions: other }) }); // prettier-ignore
      await finish(connect({ host: 'localhost', port: server.port, ca, sessions: other }));
      assert.is(sessions.stats().stored, 0);
      assert.ok(other.stats().stored > 0);
    });
    other.close();
    await server.close();
  });

  test(`${version}: exclude leaves connections alone`, async () => {
    const server = await serve('https', version);
    const exclude = ({ host }: tls.ConnectionOptions): boolean => {
      if (host === '127.0.0.1') throw new Error('counted, and left alone');
      return host === 'localhost';
    };
    await installed({ exclude }, async (sessions) => {
      for (let i = 0; i < 2; i++) {
        await finish(tls.connect({ host: 'localhost', port: server.port, ca }));
      }
      for (let i = 0; i < 2; i++) {
        await finish(tls.connect({ host: '127.0.0.1', port: server.port, ca, servername: 'localhost' })); // prettier-ignore
      }
      assert.equal(server.resumed, [false, false, false, false]);
      assert.is(sessions.stats().errors, 2);
    });
    await server.close();
  });
}

test('two applications with other authorities in one process never share', async () => {
  const server = await serve('https', 'TLSv1.3');
  await installed({}, async () => {
    await get({ port: server.port, agent: new https.Agent({ ca }) });
    const stranger = new https.Agent({ ca: 'x'.repeat(0) });
    const error = await get({ port: server.port, agent: stranger, ca: undefined } as object).catch((reason: Error) => reason); // prettier-ignore
    assert.match(String(error), /self.signed/);
    const lax = new https.Agent({ rejectUnauthorized: false });
    await get({ port: server.port, agent: lax, ca: undefined } as object);
    assert.equal(server.resumed.at(-1), false);
  });
  await server.close();
});

const PROGRAM = `
  const tls = require('tls');
  const https = require('https');
  const { connect } = tls;
  console.log(JSON.stringify([Boolean(tls.connect[Symbol.for('sesscache.auto')]), connect === tls.connect]));
`;

for (const flags of [
  ['--import', 'sesscache/auto'],
  ['--import=sesscache/auto'],
  ['--import', join(root, 'dist/auto/index.mjs')],
  ['--require', 'sesscache/auto'],
  ['-r', 'sesscache/auto'],
]) {
  test(`node ${flags[0]} installs before the program`, () => {
    const options = { cwd: root, encoding: 'utf8' as const };
    const output = execFileSync(process.execPath, [...flags, '--eval', PROGRAM], options);
    assert.equal(JSON.parse(output), [true, true]);
  });
}

test('NODE_OPTIONS installs too, and in worker threads', () => {
  const env = { ...process.env, NODE_OPTIONS: '--import "sesscache/auto"' };
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'thread.cjs')], { cwd: root, env, encoding: 'utf8' }); // prettier-ignore
  assert.equal(JSON.parse(output), [true, true]);
});

test('knows from the flags whether it was preloaded', () => {
  assert.ok(isPreloaded(['--no-warnings', '--import', 'sesscache/auto'], undefined));
  assert.ok(isPreloaded(['--import=sesscache/auto']));
  assert.ok(isPreloaded([], '--max-old-space-size=100 --import sesscache/auto'));
  assert.ok(isPreloaded([], '--require="sesscache/auto"') === false, 'Node takes no quotes there');
  assert.ok(isPreloaded([], '--import "/a b/node_modules/sesscache/dist/auto/index.mjs"'));
  assert.ok(isPreloaded(['--import', 'C:\\x\\sesscache\\dist\\auto\\index.mjs']));
  assert.not.ok(isPreloaded(['--import', 'sesscache/automatic']));
  assert.not.ok(isPreloaded(['--import', './mine.js', '--title', 'sesscache/auto']));
  assert.not.ok(isPreloaded(['--import']));
  assert.not.ok(isPreloaded([]));
});

test.run();

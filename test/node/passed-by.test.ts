// Connections that have no cache though their server has one are counted, and said once with the
// way out; so is what a cache cannot be attached to.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect as connectTcp, createServer as createTcp } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createSecureContext,
  createServer as createTls,
  type Server,
  TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { askForCertificate, CONTEXT } from './harness.ts';
import { visit } from './stock/twins.ts';

const test = suite('attachServer: what passes it by');

const tlsOptions = {
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
};

/** The warnings of the package during `use`. */
async function warningsOf(use: () => Promise<void>): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  const note = (warning: Error & { code?: string }): void => {
    if (warning.name === 'SesscacheWarning') codes.push(warning.code);
  };
  process.on('warning', note);
  await use();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  return codes;
}

async function listening(server: NetServer, host = '127.0.0.1', port = 0): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** STARTTLS as many do it: a TLS socket of the program's own, in the name of the server. */
async function upgrade(
  server: Server,
  options: TLSSocketOptions,
  session: Buffer | undefined,
  version: 'TLSv1.2' | 'TLSv1.3',
): Promise<{ outcome: string; text: string; session: Buffer | undefined; authorized: boolean }> {
  let authorized = false;
  let accepted: Socket | undefined;
  const front = createTcp((socket: Socket) => {
    accepted = socket;
    socket.write('220 go\r\n');
    const secure = new TLSSocket(socket, { isServer: true, server, ...options });
    secure.on('error', () => {});
    secure.resume();
    secure.on('secure', () => {
      authorized = secure.authorized;
      secure.end(`resumed ${secure.isSessionReused()}`);
    });
  });
  const raw = connectTcp(await listening(front), '127.0.0.1');
  await once(raw, 'data');
  const result = await visit(0, { socket: raw, maxVersion: version, ...(session && { session }) });
  raw.destroy();
  accepted?.destroy();
  front.close();
  return { ...result, authorized };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: TLS sockets of other settings have no cache, and that is said`, async () => {
    const own = { ...tlsOptions, minVersion: version, maxVersion: version };
    const server = createTls(own);
    const attached = attachServer(server, new SessionCache(), { tls13: version === 'TLSv1.3' });
    const secureContext = createSecureContext(own);
    const codes = await warningsOf(async () => {
      let session: Buffer | undefined;
      for (let i = 0; i < 3; i++) {
        const outcome = await upgrade(server, { secureContext }, session, version);
        assert.is(outcome.outcome, 'secure');
        assert.match(outcome.text, /resumed false/);
        session = outcome.session ?? session;
      }
    });
    assert.equal(codes, ['SESSCACHE_PASSED_BY']);
    const { passedBy, stored, hits, handshakes } = attached.stats();
    assert.equal({ passedBy, stored, hits }, { passedBy: 3, stored: 0, hits: 0 });
    assert.equal(handshakes, { full: 0, resumed: 0, failed: 0 });
  });

  test(`${version}: nor do they let in with the sessions of a server that asks for less`, async () => {
    const own = { ...tlsOptions, minVersion: version, maxVersion: version };
    const server = createTls(own, (socket) => {
      socket.on('error', () => {});
      socket.end('x');
    });
    attachServer(server, new SessionCache(), { tls13: version === 'TLSv1.3' });
    const { session } = await visit(await listening(server), { maxVersion: version });
    assert.ok(session);
    const shared = (server as unknown as { _sharedCreds: object })['_sharedCreds'];
    for (const secureContext of [createSecureContext({ ...own, ...askForCertificate }), shared]) {
      const options = {
        secureContext,
        requestCert: true,
        rejectUnauthorized: false,
      } as TLSSocketOptions;
      const outcome = await upgrade(server, options, session, version);
      assert.is(outcome.authorized, false);
      assert.match(outcome.text, /resumed false/);
    }
    server.close();
  });
}

test('a server that a framework makes beside the one with a cache is said', async () => {
  const handler = (_request: unknown, response: { end(text: string): void }): void =>
    response.end('x');
  const server = createHttps(tlsOptions, handler);
  const beside = createHttps(tlsOptions, handler); // as fastify does for each address of localhost
  const other = createHttps(tlsOptions, (_request, response) => response.end('x'));
  const attached = attachServer(server, new SessionCache(), { tls13: true });
  const port = await listening(server);
  await listening(beside, '127.0.0.2', port);
  await listening(other, '127.0.0.3', port);
  const codes = await warningsOf(async () => {
    for (const host of ['127.0.0.3', '127.0.0.2', '127.0.0.2', '127.0.0.1']) {
      assert.is((await visit(port, { host, port })).outcome, 'secure');
    }
  });
  assert.equal(codes, ['SESSCACHE_PASSED_BY']);
  assert.is(attached.stats().passedBy, 2);
  attached.detach();
  assert.is((await visit(port, { host: '127.0.0.2', port })).outcome, 'secure');
  assert.is(attached.stats().passedBy, 2);
  for (const each of [server, beside, other]) each.close();
});

test('fastify on localhost listens twice, and its serverFactory attaches to both', async () => {
  const { default: fastify } = await import('fastify');
  const attached: ReturnType<typeof attachServer>[] = [];
  const cache = new SessionCache();
  const app = fastify({
    serverFactory(handler) {
      const server = createHttps(tlsOptions, handler);
      attached.push(attachServer(server, cache, { tls13: true, namespace: 'app' }));
      return server;
    },
  });
  app.get('/', async () => 'hello');
  await app.listen({ port: 0, host: 'localhost' });
  const addresses = app.addresses() as AddressInfo[];
  let session: Buffer | undefined;
  let visits = 0;
  for (const { address, port } of [...addresses, ...addresses]) {
    const outcome = await visit(port, { host: address, port, ...(session && { session }) });
    assert.match(outcome.text, /hello/);
    session = outcome.session;
    visits++;
  }
  const resumed = attached.reduce((sum, each) => sum + each.stats().handshakes.resumed, 0);
  assert.is(resumed, visits - 1);
  await app.close();
});

test('what is no TLS server is refused with what to do', () => {
  const cache = new SessionCache();
  const refused = (server: unknown): string => {
    try {
      attachServer(server as Server, cache);
    } catch (error) {
      assert.instance(error, TypeError);
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  };
  const start = '"server" expected tls, https or secure http2 server, got';
  assert.is(refused(undefined), `${start} undefined`);
  assert.is(refused({}), `${start} Object`);
  assert.is(refused({ server: createTls() }), `${start} Object: pass its property "server"`);
  for (const server of [createTcp(), createHttp(), { server: createTcp() }]) {
    assert.match(refused(server), /attach to a tls\.Server before it/);
  }
});

test('two copies of the package in a process say so', async () => {
  const dist = fileURLToPath(new URL('../../dist', import.meta.url));
  const copy = mkdtempSync(join(tmpdir(), 'sesscache-copy-'));
  cpSync(dist, copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  try {
    const [one, other] = [await load(dist), await load(copy)];
    const server = createTls(tlsOptions);
    assert.throws(
      () => one.attachServer(server, new other.SessionCache()),
      /"cache" expected SessionCache, got that of another copy of sesscache/,
    );
    const attached = other.attachServer(server, new other.SessionCache());
    assert.throws(
      () => one.attachServer(server, new one.SessionCache()),
      /the server has been given a cache by another copy of sesscache in this process/,
    );
    attached.detach();
    one.attachServer(server, new one.SessionCache()).detach();
  } finally {
    rmSync(copy, { recursive: true });
  }
});

type Package = typeof import('../../bindings/index.ts') &
  typeof import('../../bindings/node/index.ts');

async function load(folder: string): Promise<Package> {
  const modules = ['index.js', 'node/index.js'].map(
    async (file) => (await import(pathToFileURL(join(folder, file)).href)) as object,
  );
  return Object.assign({}, ...(await Promise.all(modules))) as Package;
}

test.run();

// Server libraries that people use, each with a cache attached to the server that it has or is
// given: it answers as it does without, and its clients resume.

import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { constants } from 'node:crypto';
import { connect, createServer as createTls, type ConnectionOptions, type Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer, type Attached } from '../../bindings/node/index.ts';
import { CONTEXT } from './harness.ts';

const test = suite('attachServer: beside server libraries');

const tlsOptions = {
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
};
const attach = (server: Server): Attached =>
  attachServer(server, new SessionCache(), { tls13: true });

interface Library {
  /** The server of the library, listening. */
  port: number;
  attached: Attached;
  close(): unknown;
}

/** What a client sends, and what has to be in the answer. */
interface Exchange {
  request: string | Buffer;
  answer: RegExp;
  protocols?: string[];
}

const GET: Exchange = {
  request: 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
  answer: /^HTTP\/1\.1 200 [^]*hello/,
};

async function listening(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One connection: what it was answered, and whether it resumed. */
function visit(
  port: number,
  { request, answer, protocols }: Exchange,
  options: ConnectionOptions,
): Promise<{ resumed: boolean; session: Buffer | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: tlsOptions.cert,
      ...(protocols && { ALPNProtocols: protocols }),
      ...options,
    });
    let text = '';
    let resumed = false;
    let session: Buffer | undefined;
    socket.setTimeout(10_000, () =>
      socket.destroy(new Error(`no answer but ${JSON.stringify(text)}`)),
    );
    socket.on('session', (given: Buffer) => (session = given));
    socket.on('secureConnect', () => {
      resumed = socket.isSessionReused();
      socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (answer.test(text)) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ resumed, session, text }));
  });
}

/** Four visits in each version: the first handshake is full, the others resume. */
async function resumes(start: () => Promise<Library>, exchange: Exchange = GET): Promise<void> {
  const { port, attached, close } = await start();
  try {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      let session: Buffer | undefined;
      for (let i = 0; i < 4; i++) {
        const limits = { minVersion: version, maxVersion: version };
        const outcome = await visit(port, exchange, { ...limits, ...(session && { session }) });
        assert.match(outcome.text, exchange.answer);
        assert.is(outcome.resumed, i > 0, `${version}, visit ${i}`);
        session = outcome.session ?? session;
      }
    }
    const { handshakes, errors, passedBy } = attached.stats();
    assert.equal(handshakes, { full: 2, resumed: 6, failed: 0 });
    assert.equal({ errors, passedBy }, { errors: 0, passedBy: 0 });
  } finally {
    await close();
  }
}

test('express', async () => {
  const { default: express } = await import('express');
  await resumes(async () => {
    const app = express();
    app.get('/', (_request: unknown, response: { send(text: string): void }) =>
      response.send('hello'),
    );
    const server = createHttps(tlsOptions, app);
    const attached = attach(server);
    return { port: await listening(server), attached, close: () => server.close() };
  });
});

test('koa', async () => {
  const { default: Koa } = await import('koa');
  await resumes(async () => {
    const app = new Koa();
    app.use((context: { body: unknown }) => {
      context.body = 'hello';
    });
    const server = createHttps(tlsOptions, app.callback());
    const attached = attach(server);
    return { port: await listening(server), attached, close: () => server.close() };
  });
});

test('fastify, through its serverFactory', async () => {
  const { default: fastify } = await import('fastify');
  await resumes(async () => {
    let attached: Attached | undefined;
    const app = fastify({
      serverFactory(handler) {
        const server = createHttps(tlsOptions, handler);
        attached ??= attach(server);
        return server;
      },
    });
    app.get('/', async () => 'hello');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { port, attached: attached!, close: () => app.close() };
  });
});

test('fastify, by its property server', async () => {
  const { default: fastify } = await import('fastify');
  await resumes(async () => {
    const app = fastify({ https: tlsOptions });
    app.get('/', async () => 'hello');
    const attached = attach(app.server as unknown as Server);
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { port, attached, close: () => app.close() };
  });
});

test('nest', async () => {
  await import('reflect-metadata');
  const { Controller, Get, Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  class Hello {
    hello(): string {
      return 'hello';
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Hello.prototype, 'hello')!;
  Get()(Hello.prototype, 'hello', descriptor);
  Controller()(Hello);
  class App {
    configure(): void {} // no middleware
  }
  Module({ controllers: [Hello] })(App);
  await resumes(async () => {
    const app = await NestFactory.create(App, { httpsOptions: tlsOptions, logger: false });
    const server = app.getHttpServer() as Server;
    const attached = attach(server);
    await app.listen(0, '127.0.0.1');
    return { port: (server.address() as AddressInfo).port, attached, close: () => app.close() };
  });
});

test('ws', async () => {
  const { WebSocketServer } = await import('ws');
  const request =
    'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
    'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  await resumes(
    async () => {
      const server = createHttps(tlsOptions);
      const sockets = new WebSocketServer({ server });
      sockets.on('connection', (socket) => socket.send('hello'));
      const attached = attach(server);
      const port = await listening(server);
      return { port, attached, close: () => (sockets.close(), server.close()) };
    },
    { request, answer: /^HTTP\/1\.1 101 [^]*hello/ },
  );
});

test('socket.io', async () => {
  const { Server: SocketIo } = await import('socket.io');
  const request =
    'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
  await resumes(
    async () => {
      const server = createHttps(tlsOptions);
      const sockets = new SocketIo(server);
      const attached = attach(server);
      const port = await listening(server);
      return { port, attached, close: () => sockets.close() };
    },
    { request, answer: /^HTTP\/1\.1 200 [^]*"sid":/ },
  );
});

test('http-proxy, in front of a server without TLS', async () => {
  const { default: httpProxy } = await import('http-proxy');
  const backend = createTcp((socket: Socket) => {
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello'),
    );
  });
  const target = `http://127.0.0.1:${await listening(backend)}`;
  await resumes(async () => {
    const proxy = httpProxy.createProxyServer({ target });
    const server = createHttps(tlsOptions, (request, response) => proxy.web(request, response));
    const attached = attach(server);
    const close = (): void => {
      proxy.close();
      server.close();
      backend.close();
    };
    return { port: await listening(server), attached, close };
  });
});

test('aedes', async () => {
  const { Aedes } = await import('aedes');
  // CONNECT with the client id "a", and CONNACK.
  const request = Buffer.from('100d00044d5154540402003c000161', 'hex');
  await resumes(
    async () => {
      const broker = await Aedes.createBroker();
      const server = createTls(tlsOptions, (socket) => {
        socket.on('error', () => {});
        broker.handle(socket);
      });
      const attached = attach(server);
      const close = async (): Promise<void> => {
        server.close();
        await new Promise<void>((resolve) => broker.close(() => resolve()));
      };
      return { port: await listening(server), attached, close };
    },
    { request, answer: /^\x20\x02\x00\x00/ }, // oxlint-disable-line no-control-regex
  );
});

test('node:http2 with compatibility requests', async () => {
  await resumes(
    async () => {
      const server: Http2SecureServer = createSecureServer(
        { ...tlsOptions, allowHTTP1: true },
        (_request, response) => response.end('hello'),
      );
      const attached = attach(server);
      return { port: await listening(server), attached, close: () => server.close() };
    },
    { ...GET, answer: /^HTTP\/1\.1 200 [^]*hello/ },
  );
});

test('smtp-server, behind a tls.Server that hands its connections on', async () => {
  const { SMTPServer } = await import('smtp-server');
  await resumes(
    async () => {
      const smtp = new SMTPServer({
        secure: true,
        secured: true,
        authOptional: true,
        logger: false,
      });
      assert.throws(
        () => attachServer(smtp as never, new SessionCache()),
        /"server" expected .*, got SMTPServer, which has no TLS or makes its TLS sockets itself/,
      );
      const server = createTls(tlsOptions, (socket) => smtp.server.emit('connection', socket));
      const attached = attach(server);
      const close = (): void => {
        server.close();
        smtp.close();
      };
      return { port: await listening(server), attached, close };
    },
    { request: '', answer: /^220 [^]*\r\n/ },
  );
});

test.run();

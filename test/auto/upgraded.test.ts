// TLS over sockets that are there already, under sesscache/auto: what was said before, and over
// what, keeps the sessions apart. One server, one certificate and one ticket key for all: it would
// resume any of them.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { install } from '../../bindings/auto/index.ts';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { ca, type Version, VERSIONS } from '../client/servers.ts';

const test = suite('sesscache/auto over sockets of its callers');

const ignore = (): void => {};
const TLS_RECORD = 0x16;

interface Upgrading {
  port: number;
  /** Of each TLS connection, whether it was resumed. */
  resumed: boolean[];
  close(): Promise<void>;
}

/**
 * Takes TLS at once; after a line of any protocol, which it answers; and again within TLS, like a
 * proxy that is asked for a tunnel to itself.
 */
async function startUpgrading(version: Version, kind: 'rsa' | 'ecdsa' = 'rsa'): Promise<Upgrading> {
  const only = { minVersion: version, maxVersion: version };
  const secureContext = tls.createSecureContext({ ...readCertificate(kind), ...only });
  const resumed: boolean[] = [];
  const sockets = new Set<Socket>();
  const hear = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', ignore);
    socket.once('data', (first) => {
      if (first[0] === TLS_RECORD) {
        socket.pause();
        socket.unshift(first);
        secure(socket);
      } else if (first.toString() === 'quit\n') {
        socket.end('bye\n');
      } else {
        socket.write(`go ${first.toString().split(/\W/, 1)[0]}\n`);
        secure(socket);
      }
    });
  };
  const secure = (socket: Socket): void => {
    const inner = new TLSSocket(socket, { isServer: true, secureContext });
    inner.once('secure', () => {
      resumed.push(inner.isSessionReused());
    });
    hear(inner);
  };
  const server = createServer(hear);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, resumed, close };
}

/** Asks a socket for TLS, in the words of a protocol. */
async function ask(socket: Socket, words: string): Promise<Socket> {
  socket.write(words);
  await once(socket, 'data');
  return socket;
}

async function secured(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = tls.connect({ ca, servername: 'localhost', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function quit(socket: TLSSocket): Promise<void> {
  socket.end('quit\n');
  socket.resume();
  await once(socket, 'close');
}

type Way = (port: number) => Promise<TLSSocket>;

const direct: Way = (port) => secured({ host: 'localhost', port });
const after =
  (words: string, options: ConnectionOptions = {}): Way =>
  async (port) => {
    const raw = connectTcp(port, '127.0.0.1');
    await once(raw, 'connect');
    return secured({ socket: await ask(raw, words), ...options });
  };

/** Ways to one and the same host and port. */
const WAYS: Record<string, Way> = {
  'TLS at once': direct,
  'TLS at once, over a socket': async (port) => {
    const raw = connectTcp(port, '127.0.0.1');
    await once(raw, 'connect');
    return secured({ socket: raw });
  },
  'STARTTLS of SMTP': after('EHLO me\r\nSTARTTLS\r\n'),
  'AUTH TLS of FTP': after('AUTH TLS\r\n'),
  'STARTTLS alone, which is as long': after('STARTTLS\r\n'),
  'STARTTLS of IMAP': after('a STARTTLS\r\n'),
  'SSLRequest of PostgreSQL': after('\0\0\0\x08\x04\xd2\x16\x2f'),
  'CONNECT of a proxy': after('CONNECT localhost:443 HTTP/1.1\r\n\r\n'),
  'CONNECT of a proxy, with the port of the origin': after('CONNECT localhost:443 HTTP/1.1\r\n\r\n', { host: 'localhost', port: 443 }), // prettier-ignore
  'CONNECT to another name': after('CONNECT other.test:443 HTTP/1.1\r\n\r\n'),
  'CONNECT within TLS': async (port) => {
    // Its own sessions would be those of `TLS at once`, and are left out.
    const proxy = await secured({ host: 'localhost', port, enableTrace: null as never });
    return secured({ socket: await ask(proxy, 'CONNECT localhost:443 HTTP/1.1\r\n\r\n') });
  },
};

for (const version of VERSIONS) {
  test(`${version}: each way resumes, and never a session of another one`, async () => {
    const server = await startUpgrading(version);
    const names = Object.keys(WAYS);
    for (const first of names) {
      for (const second of names) {
        const sessions = new ClientSessionCache();
        const uninstall = install({ sessions, exclude: ({ enableTrace }) => enableTrace === null });
        try {
          await quit(await WAYS[first]!(server.port));
          server.resumed.length = 0;
          await quit(await WAYS[second]!(server.port));
          const isResumed = server.resumed.at(-1);
          assert.is(isResumed, first === second, `${first}, then ${second}: ${isResumed}`);
          assert.is(sessions.stats().errors, 0);
        } finally {
          uninstall();
          sessions.close();
        }
      }
    }
    await server.close();
  });
}

/** A proxy of one port that leads to whatever `CONNECT` names, and says equally much of each. */
async function startProxy(targets: Record<string, number>): Promise<Upgrading> {
  const sockets = new Set<Socket>();
  // Half open: the tickets of TLS 1.3 come after the client has said that it will say no more.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', ignore));
    socket.once('data', (words) => {
      const port = targets[words.toString().split(/[ :]/)[1]!]!;
      const onward = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
      sockets.add(onward.on('error', ignore));
      socket.write('go\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, resumed: [], close };
}

// Two tunnels for one server name, through one proxy and by equally many bytes, look alike from
// outside. Then the sessions of one are offered through the other: only a server that knows a
// session's secret can take it.
for (const version of VERSIONS) {
  test(`${version}: a tunnel to another place gets a full handshake and a full check`, async () => {
    const first = await startUpgrading(version, 'rsa');
    const second = await startUpgrading(version, 'ecdsa');
    const proxy = await startProxy({ 'one.test': first.port, 'two.test': second.port });
    const [firstCert, secondCert] = [ca, readCertificate('ecdsa').cert];
    const through = async (name: string, trusted: Buffer[]): Promise<Buffer | undefined> => {
      const raw = connectTcp(proxy.port, '127.0.0.1');
      await once(raw, 'connect');
      const words = `CONNECT ${name}:443 HTTP/1.1\r\n\r\n`;
      const socket = await secured({ socket: await ask(raw, words), ca: trusted });
      const certificate = socket.getPeerX509Certificate()?.raw;
      await quit(socket);
      return certificate;
    };
    for (const trusted of [[firstCert], [firstCert, secondCert]]) {
      const sessions = new ClientSessionCache();
      const uninstall = install({ sessions });
      try {
        first.resumed.length = 0;
        second.resumed.length = 0;
        await through('one.test', trusted);
        await through('one.test', trusted);
        assert.equal(first.resumed, [false, true]);
        if (trusted.includes(secondCert)) {
          const certificate = await through('two.test', trusted);
          assert.equal(certificate, new X509Certificate(secondCert).raw);
          assert.equal(second.resumed, [false], 'it knows nothing of the session');
        } else {
          const failure: unknown = await through('two.test', trusted).catch(
            (error: unknown) => error,
          );
          assert.is((failure as NodeJS.ErrnoException).code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
        }
        await through('one.test', trusted);
        await through('one.test', trusted);
        assert.is(first.resumed.at(-1), true, 'and the first one goes on resuming');
        assert.is(sessions.stats().errors, 0);
      } finally {
        uninstall();
        sessions.close();
      }
    }
    await Promise.all([first, second, proxy].map((each) => each.close()));
  });
}

test.run();

// A process with a server that has ticket keys, spoken to by fork.ts; or, with `workers`, the
// primary of a cluster of such.

import cluster from 'node:cluster';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer, type Server } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import type { AttachedTicketKeys, Renewal } from '../../bindings/tickets/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';

export interface Config {
  /** Hex; undefined: none is given. */
  secret?: string | undefined;
  period?: number;
  keep?: number;
  renew?: Renewal | undefined;
  version?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  certificate?: 'rsa' | 'ecdsa';
  /** What is wrong with Node's callback. */
  broken?: 'missing' | 'silent' | 'deaf' | 'throwing' | undefined;
  /** No keys are attached: Node as it comes. */
  stock?: boolean;
  /** Milliseconds that the clock of this process is ahead. */
  ahead?: number;
  /** A primary of so many workers. */
  workers?: number;
  exclusive?: boolean;
  /** Asks for client certificates, and trusts other clients at the name `other.test`. */
  hasNames?: boolean;
  /** Answers a request of HTTP. */
  isHttp?: boolean;
  /** Listens before it is known where the keys come from. */
  isHasty?: boolean;
}

const config = JSON.parse(process.argv[2] ?? '{}') as Config;

const realNow = Date.now;
let ahead = config.ahead ?? 0;
Date.now = () => realNow() + ahead;

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push((warning as { code?: string }).code ?? ''));
const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error)));

if (config.broken) breakCallback(config.broken);
if (config.workers && cluster.isPrimary) bePrimary(config.workers);
else serve();

/** Has Node's callback fail as it might in another release. */
function breakCallback(how: NonNullable<Config['broken']>): void {
  const native = createSecureContext({ ca: [] }).context as object;
  const prototype = Object.getPrototypeOf(native) as { enableTicketKeyCallback?: () => void };
  const real = prototype.enableTicketKeyCallback!;
  if (how === 'missing') delete prototype.enableTicketKeyCallback;
  // Never asks.
  if (how === 'silent') prototype.enableTicketKeyCallback = () => {};
  if (how === 'throwing') {
    prototype.enableTicketKeyCallback = () => {
      throw new Error('not here');
    };
  }
  if (how === 'deaf') {
    // Asks, but accepts no ticket.
    prototype.enableTicketKeyCallback = function enable(this: Record<string, unknown>) {
      const asked = this['onticketkeycallback'] as (...args: unknown[]) => unknown[];
      Object.defineProperty(this, 'onticketkeycallback', {
        configurable: true,
        writable: true,
        value: (...args: unknown[]): unknown[] => {
          const answer = [...asked.apply(this, args)];
          if (args[2] === false) answer[0] = 0;
          return answer;
        },
      });
      real.call(this);
    };
  }
}

function bePrimary(count: number): void {
  for (let i = 0; i < count; i++) cluster.fork();
  const ports = new Map<number, unknown>();
  cluster.on('message', (worker, message: { port?: number; id?: number }) => {
    if (message.port === undefined) {
      process.send?.(message);
      return;
    }
    ports.set(worker.id, message.port);
    if (ports.size === count) process.send?.({ port: message.port });
  });
  // What Node's primary passes on from the first worker that listens.
  let shared: unknown;
  cluster.on('fork', (worker) => {
    worker.process.on('internalMessage', (message: { act?: string; data?: unknown }) => {
      if (message.act === 'queryServer') {
        shared ??= (message.data as { ticketKeys?: unknown } | undefined)?.ticketKeys;
      }
    });
  });
  process.on('message', (message: { to?: number; name: string; id: number }) => {
    if (message.name === 'shared') process.send?.({ id: message.id, result: shared });
    else if (message.name === 'fork') {
      const worker = cluster.fork();
      cluster.once('listening', () => process.send?.({ id: message.id, result: worker.id }));
    } else if (message.to) cluster.workers?.[message.to]?.send(message);
  });
  process.on('disconnect', () => process.exit());
}

function serve(): void {
  let server: Server;
  let attached: AttachedTicketKeys | undefined;
  const start = async (port: number): Promise<number> => {
    const { version, secret, period = 3600, keep = 24, renew, certificate = 'ecdsa' } = config;
    server = createServer({
      ...readCertificate(certificate),
      ...(version && { minVersion: version, maxVersion: version }),
      sessionIdContext: 'member',
      ...(config.hasNames && { requestCert: true, ca: readCertificate('client').cert }),
    });
    if (config.hasNames) {
      server.addContext('other.test', {
        ...readCertificate('rsa'),
        ca: readCertificate('rsa').cert,
      });
    }
    server.on('tlsClientError', () => {});
    server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      socket.resume();
      const worker = cluster.worker?.id;
      const text = `${JSON.stringify({ resumed: socket.isSessionReused(), worker })}\n`;
      if (!config.isHttp) socket.end(text);
      else socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\n\r\n${text}`));
    });
    if (!config.stock) {
      const options = {
        period,
        keep,
        renew,
        ...(secret && { secret: Buffer.from(secret, 'hex') }),
      };
      attached = attachTicketKeys(server, options);
      if (!config.isHasty) await attached.ready;
    }
    server.listen({ port, host: '127.0.0.1', exclusive: config.exclusive ?? false });
    await once(server, 'listening');
    await attached?.ready;
    return (server.address() as AddressInfo).port;
  };
  const calls: Record<string, (...args: never[]) => unknown> = {
    setAhead: (milliseconds: number) => void (ahead = milliseconds),
    stats: () => attached?.stats(),
    metrics: () => (attached ? metricsOf(attached) : ''),
    detach: () => attached?.detach(),
    ticketKeys: () => server.getTicketKeys().toString('hex'),
    setTicketKeys: (hex: string) => server.setTicketKeys(Buffer.from(hex, 'hex')),
    warnings: () => warnings,
    uncaught: () => uncaught,
    listenAgain: async () => {
      const { port } = server.address() as AddressInfo;
      await new Promise((done) => server.close(done));
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
  process.on('message', (message: { id: number; name: string; args: never[] }) => {
    void Promise.resolve(calls[message.name]?.(...message.args)).then((result) =>
      process.send?.({ id: message.id, result }),
    );
  });
  process.on('disconnect', () => process.exit());
  void start(0).then((port) => process.send?.({ port }));
}

// TLS between two ends of node-forge, in memory: the other end reads at once what one end writes.
// Runs in Node and in pages.

import forge from 'node-forge';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import type { ForgeSessionCache, ForgeSessionCacheOptions } from '../../bindings/forge/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import type { SessionCacheOptions } from '../../bindings/index.ts';

/** The outcome of a connection. */
export interface Outcome {
  /** Whether each end has resumed; undefined: it did not get that far. */
  server: 'full' | 'resumed' | undefined;
  client: 'full' | 'resumed' | undefined;
  /** The text that each end received. */
  received: { server: string; client: string };
  errors: string[];
}

export interface Ends {
  server?: ForgeSessionCache | undefined;
  client?: ForgeSessionCache | undefined;
  /** Pass the adapters as forge's `sessionCache` instead of watching connections. */
  unwatched?: boolean;
  /** Called with the two ends before the handshake. */
  prepare?: (server: forge.tls.Connection, client: forge.tls.Connection) => void;
}

/** Two connected ends, not closed yet. */
export interface Pair {
  server: forge.tls.Connection;
  client: forge.tls.Connection;
  outcome: Outcome;
}

/** A cache with a clock that stands still. */
export function cacheAt(start: number, options: SessionCacheOptions = {}) {
  const clock = { now: start };
  const cache = new SessionCache({ mode: SessionCacheMode.BOTH, now: () => clock.now, ...options });
  return { cache, clock };
}

/** A server and a client with a cache each. */
export function bothSides(options: SessionCacheOptions = {}) {
  const { cache: serverCache, clock } = cacheAt(1000, options);
  const clientCache = new SessionCache({ mode: SessionCacheMode.CLIENT, now: () => clock.now });
  const server = forgeSessionCache(serverCache, { role: 'server' });
  const client = forgeSessionCache(clientCache, { role: 'client', peer: 'example.org:443' });
  return { serverCache, clientCache, clock, server, client };
}

export function clientOf(
  cache: SessionCache,
  options: Partial<ForgeSessionCacheOptions> = {},
): ForgeSessionCache {
  return forgeSessionCache(cache, { role: 'client', peer: 'example.org:443', ...options });
}

/** One connection from handshake to close. */
export function connect(ends: Ends): Outcome {
  const pair = open(ends);
  close(pair);
  return pair.outcome;
}

/** Closes both ends, the client first. */
export function close({ client, server }: Pair): void {
  client.close();
  server.close();
}

/** Completes the handshake, and sends a word in each direction. */
export function open(ends: Ends): Pair {
  const outcome: Outcome = {
    server: undefined,
    client: undefined,
    received: { server: '', client: '' },
    errors: [],
  };
  const server = end('server', ends, outcome, (data) => client.process(data));
  const client = end('client', ends, outcome, (data) => server.process(data));
  ends.prepare?.(server, client);
  client.handshake();
  return { server, client, outcome };
}

function end(
  role: 'server' | 'client',
  { server, client, unwatched }: Ends,
  outcome: Outcome,
  send: (data: string) => void,
): forge.tls.Connection {
  const sessions = role === 'server' ? server : client;
  const { key, certificate } = identity();
  const connection = forge.tls.createConnection({
    server: role === 'server',
    ...(unwatched && sessions && { sessionCache: sessions }),
    verify: () => true,
    getCertificate: () => certificate,
    getPrivateKey: () => key,
    connected(self) {
      const { session } = self as unknown as { session: { resuming: boolean } };
      outcome[role] = session.resuming ? 'resumed' : 'full';
      self.prepare(`hello from the ${role}`);
    },
    tlsDataReady: (self) => send(self.tlsData.getBytes()),
    dataReady: (self) => (outcome.received[role] += self.data.getBytes()),
    closed: () => {},
    error: (_self, error) => void outcome.errors.push(`${role}: ${error.message}`),
  });
  return !unwatched && sessions ? sessions.watch(connection) : connection;
}

let made: { key: string; certificate: string } | undefined;

/** A key and a certificate, made once. The key is short: pages make it in JavaScript. */
export function identity(): { key: string; certificate: string } {
  if (made) return made;
  const keys = forge.pki.rsa.generateKeyPair(1024);
  const certificate = forge.pki.createCertificate();
  const name = [{ name: 'commonName', value: 'example.org' }];
  certificate.publicKey = keys.publicKey;
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + 1);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  made = {
    key: forge.pki.privateKeyToPem(keys.privateKey),
    certificate: forge.pki.certificateToPem(certificate),
  };
  return made;
}

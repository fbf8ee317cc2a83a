// What we know of a TLS server of Node. The settings are properties of the server that Node does not
// document; they have been the same from Node 20 to 26, and a test holds every release to that.

import { createHash, constants } from 'node:crypto';
import type { Server } from 'node:tls';

/** A tls.Server with the properties that Node gives it. */
export interface TlsServer extends Server {
  secureOptions?: number;
  sessionIdContext?: string;
  minVersion?: string;
  maxVersion?: string;
  secureProtocol?: string;
  requestCert?: boolean;
  rejectUnauthorized?: boolean;
  ca?: unknown;
  crl?: unknown;
  pfx?: unknown;
  /** Of `setSecureContext`: another one each time. */
  _sharedCreds?: object;
  /** Of `addContext`: which names, and with what. Only ever grows. */
  _contexts?: [names: RegExp, context: object][];
}

const VERSIONS: Record<string, number> = {
  TLSv1: 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
};
/** For methods that speak one version only. */
const METHODS: Record<string, number> = { TLSv1_method: 0x0301, TLSv1_1_method: 0x0302, TLSv1_2_method: 0x0303 }; // prettier-ignore
const HANDSHAKE_TIMEOUT = 120_000;

/** Whether clients get tickets: then no session is ever asked for. */
export function givesTickets(server: TlsServer): boolean {
  return ((server.secureOptions ?? 0) & constants.SSL_OP_NO_TICKET) === 0;
}

/** The newest version the server speaks. */
export function newestVersion(server: TlsServer): number {
  const method = METHODS[(server.secureProtocol ?? '').replace('_server', '')];
  if (method !== undefined) return method;
  const newest = VERSIONS[server.maxVersion ?? ''] ?? 0x0304;
  const forbidden = ((server.secureOptions ?? 0) & constants.SSL_OP_NO_TLSv1_3) !== 0;
  return forbidden && newest === 0x0304 ? 0x0303 : newest;
}

/** The oldest version the server speaks. */
export function oldestVersion(server: TlsServer): number {
  const method = METHODS[(server.secureProtocol ?? '').replace('_server', '')];
  if (method !== undefined) return method;
  return VERSIONS[server.minVersion ?? ''] ?? (server.secureProtocol ? 0x0301 : 0x0303);
}

/** Whether Node made the session id context up, from the command line. */
export function hasDefaultContext(server: TlsServer): boolean {
  const digest = createHash('sha1').update(process.argv.join(' ')).digest('hex');
  return server.sessionIdContext === digest.slice(0, 32);
}

/** How long a handshake may take, ms. */
export function handshakeTimeout(server: TlsServer): number {
  const timeout = bySymbol(server, 'handshake-timeout');
  return typeof timeout === 'number' ? timeout : HANDSHAKE_TIMEOUT;
}

const symbols = new Map<string, symbol>();

/** A property under a symbol of Node's own. */
function bySymbol(server: TlsServer, description: string): unknown {
  let key = symbols.get(description);
  if (key === undefined) {
    key = Object.getOwnPropertySymbols(server).find((own) => own.description === description);
    if (key === undefined) return undefined;
    symbols.set(description, key);
  }
  return (server as unknown as Record<symbol, unknown>)[key];
}

// The settings of a TLS server of Node: properties that Node does not document. They have been the
// same from Node 20 to 26, and a test checks every release.

import { createHash, constants } from 'node:crypto';
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../protocol.ts';

/** Node's own object in a SecureContext. */
export interface NativeContext {
  getMinProto?(): number;
  getMaxProto?(): number;
  /** The certificate in DER; null without one. */
  getCertificate?(): Uint8Array | null;
}

/** A tls.Server with the properties that Node gives it. */
export interface TlsServer extends Server {
  secureOptions?: number;
  sessionIdContext?: string;
  requestCert?: boolean;
  rejectUnauthorized?: boolean;
  crl?: unknown;
  /** The context of the last `setSecureContext`: a new object each time. */
  _sharedCreds?: { context: NativeContext };
  /** The contexts of `addContext`, with the pattern of names for each. */
  _contexts?: [names: RegExp, context: NativeContext][];
}

/** The option `SNICallback`: chooses a context by the name that a client asks for. */
export type SniCallback = (
  this: TLSSocket,
  servername: string,
  done: (error: Error | null, context?: object | null) => void,
) => void;

/** The options that `setSecureContext` copies to properties of the server, if they are given. */
export const CONTEXT_PROPERTIES = [
  'pfx',
  'key',
  'passphrase',
  'cert',
  'clientCertEngine',
  'ca',
  'minVersion',
  'maxVersion',
  'secureProtocol',
  'crl',
  'sigalgs',
  'ciphers',
  'ecdhCurve',
  'dhparam',
  'honorCipherOrder',
  'secureOptions',
  'sessionIdContext',
  'sessionTimeout',
  'ticketKeys',
  'privateKeyIdentifier',
  'privateKeyEngine',
  'certificateCompression',
] as const;

type Properties = Record<string, unknown>;

/** The options that were given for the server's present secure context. */
export function contextOptions(server: TlsServer): SecureContextOptions & Properties {
  const properties = server as unknown as Properties;
  const given = CONTEXT_PROPERTIES.filter((name) => properties[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, properties[name]]));
}

/** Node's default, ms. */
const HANDSHAKE_TIMEOUT = 120_000;
/** Versions from the oldest, each with the option of OpenSSL that forbids it. */
const VERSIONS: readonly (readonly [version: number, forbids: number])[] = [
  [TLS1_0, constants.SSL_OP_NO_TLSv1],
  [TLS1_1, constants.SSL_OP_NO_TLSv1_1],
  [TLS1_2, constants.SSL_OP_NO_TLSv1_2],
  [TLS1_3, constants.SSL_OP_NO_TLSv1_3],
];

/** Whether a context of these options issues tickets: Node then never asks for a session. */
export function givesTickets({
  secureOptions = 0,
}: {
  secureOptions?: number | undefined;
}): boolean {
  return (secureOptions & constants.SSL_OP_NO_TICKET) === 0;
}

/** The versions that a context speaks, oldest first, as its native object reports them. */
export function versionsOf(
  native: NativeContext,
  { secureOptions = 0 }: { secureOptions?: number | undefined },
): number[] {
  const oldest = native.getMinProto?.() ?? 0;
  const newest = native.getMaxProto?.() || TLS1_3;
  return VERSIONS.filter(
    ([version, forbids]) =>
      version >= oldest && version <= newest && (secureOptions & forbids) === 0,
  ).map(([version]) => version);
}

/** Whether Node derived the session id context from the command line. */
export function hasDefaultContext(sessionIdContext: string): boolean {
  const digest = createHash('sha1').update(process.argv.join(' ')).digest('hex');
  return sessionIdContext === digest.slice(0, 32);
}

/** Time limit of a handshake, ms; 0: none. */
export function handshakeTimeout(server: TlsServer): number {
  const timeout = bySymbol(server, 'handshake-timeout');
  return typeof timeout === 'number' ? timeout : HANDSHAKE_TIMEOUT;
}

/**
 * The program's own SNICallback; undefined where Node chooses among the contexts of `addContext`.
 */
export function sniCallbackOf(server: TlsServer): SniCallback | undefined {
  const callback = bySymbol(server, 'snicallback');
  return typeof callback === 'function' ? (callback as SniCallback) : undefined;
}

/** The program's `pskCallback`, whose keys admit clients; undefined without one. */
export function pskCallbackOf(server: TlsServer): unknown {
  return bySymbol(server, 'pskcallback') || undefined;
}

const symbols = new Map<string, symbol>();

/** Node's own symbol under which a server has a property. */
function symbolOf(object: object, description: string): symbol | undefined {
  let key = symbols.get(description);
  if (key === undefined) {
    key = Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
    if (key !== undefined) symbols.set(description, key);
  }
  return key;
}

function bySymbol(server: TlsServer, description: string): unknown {
  const key = symbolOf(server, description);
  return key && (server as unknown as Record<symbol, unknown>)[key];
}

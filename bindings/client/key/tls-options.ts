// The options of a connection that Node's TLS reads: `tls.connect`, `tls.createSecureContext` and
// `net.connect` of Node 20 to 26, in lib/internal/tls/ and lib/net.js. Options that Node does not
// read cannot change what a connection trusts. test/client/reads.test.ts watches real connections
// of each release read their options, and fails if one is missing here.

import { copyLists } from '../../tls/lists.ts';

/** How Node tests whether an option is absent. */
export type Absence = 'falsy' | 'nullish';

/**
 * How the value of an option counts: as it is, only whether it is truthy, or without keeping it.
 */
export type Form = 'value' | 'flag' | 'secret';

/**
 * Options of `tls.createSecureContext` without a default. None is read if there is a
 * `secureContext`.
 */
export const CONTEXT_OPTIONS: readonly (readonly [name: string, absence: Absence, form: Form])[] = [
  ['allowPartialTrustChain', 'falsy', 'flag'],
  ['cert', 'falsy', 'value'],
  ['certificateCompression', 'nullish', 'value'],
  ['clientCertEngine', 'nullish', 'value'],
  ['crl', 'nullish', 'value'],
  ['dhparam', 'nullish', 'value'],
  ['honorCipherOrder', 'falsy', 'flag'],
  ['key', 'falsy', 'secret'],
  ['pfx', 'nullish', 'secret'],
  ['privateKeyEngine', 'nullish', 'value'],
  ['privateKeyIdentifier', 'nullish', 'value'],
  ['secureOptions', 'falsy', 'value'],
  ['secureProtocol', 'falsy', 'value'],
  ['sessionIdContext', 'nullish', 'value'],
  ['sessionTimeout', 'nullish', 'value'],
  ['sigalgs', 'nullish', 'value'],
  ['ticketKeys', 'nullish', 'secret'],
];

/** The same, with a default, which policy.ts knows. */
const CONTEXT_DEFAULTS = ['ca', 'ciphers', 'ecdhCurve', 'maxVersion', 'minVersion'];

/**
 * Prevent caching if set: their check is not made in resumed handshakes (`requestOCSP`), it cannot
 * be known which peers they trust (`pskCallback`, `isServer`), or the caller resumes another
 * session (`session`).
 */
export const REFUSED: readonly string[] = ['isServer', 'pskCallback', 'requestOCSP', 'session'];

/** Options of `tls.connect` and `net.connect` that policy.ts treats one by one. */
const CONNECTION = [
  'ALPNProtocols',
  'checkServerIdentity',
  'family',
  'host',
  'localAddress',
  'lookup',
  'minDHSize',
  'path',
  'port',
  'rejectUnauthorized',
  'secureContext',
  'servername',
  'socket',
];

/** Options that decide neither which peers a connection trusts nor the client's identity. */
const HARMLESS = [
  'allowHalfOpen',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'enableTrace',
  'highWaterMark',
  'hints',
  'keepAlive',
  'keepAliveInitialDelay',
  'localPort',
  'noDelay',
  'onread',
  'passphrase', // opens the key or the pfx, and does not change which it is
  'signal',
  'singleUse',
  'timeout',
];

/** All options that Node is known to read. */
export const KNOWN: ReadonlySet<string> = new Set([
  ...CONTEXT_OPTIONS.map(([name]) => name),
  ...CONTEXT_DEFAULTS,
  ...REFUSED,
  ...CONNECTION,
  ...HARMLESS,
]);

/**
 * A copy of options as `tls.connect` makes one: own enumerable properties, each read once, lists
 * included. The connection is thus made with exactly what the key was made of, whatever getters and
 * proxies return a second time.
 */
export function copyOptions(options: object): Record<string, unknown> {
  return copyLists({ ...options });
}

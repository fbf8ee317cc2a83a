// What Node's TLS reads of the options of a connection: `tls.connect`, `tls.createSecureContext`
// and `net.connect` of Node 20 to 26, in lib/internal/tls/ and lib/net.js. Options that are not
// read cannot change what a connection trusts. test/client/reads.test.ts watches real connections
// of each release read their options, and fails if one is missing here.

import { copyLists } from '../../tls/lists.ts';

/** How Node tests whether an option is absent. */
export type Absence = 'falsy' | 'nullish';

/**
 * How the value of an option counts: as it is, as the truth of it, or without keeping a trace of
 * it.
 */
export type Form = 'value' | 'flag' | 'secret';

/**
 * Options of `tls.createSecureContext` that have no default; none is read if there is a
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

/** The same with a default, which key.ts knows. */
const CONTEXT_DEFAULTS = ['ca', 'ciphers', 'ecdhCurve', 'maxVersion', 'minVersion'];

/**
 * Keep a connection from being cached if set: what they check happens in no resumed handshake
 * (`requestOCSP`), whom they trust cannot be told (`pskCallback`, `isServer`), or the caller
 * resumes a session of its own (`session`).
 */
export const REFUSED: readonly string[] = ['isServer', 'pskCallback', 'requestOCSP', 'session'];

/** Options of `tls.connect` and `net.connect` that count, each in its own way: see key.ts. */
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

/** Are read, and decide neither which peers a connection trusts nor the client's identity. */
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
 * A copy of an object of options as `tls.connect` makes one: own enumerable properties, each read
 * once, with what lists contain. What is digested is what the connection is made with, whatever
 * getters and proxies answer the second time.
 */
export function copyOptions(options: object): Record<string, unknown> {
  return copyLists({ ...options });
}

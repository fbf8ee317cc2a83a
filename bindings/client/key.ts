import type { ConnectionOptions } from 'node:tls';
import { checkObject } from '../checks.ts';
import { Digest, isPlain, NoDigest } from './digest.ts';
import { BY_IDENTITY, CREDENTIALS, IGNORED, REFUSED } from './policy.ts';
import { markKey } from './slots.ts';
import {
  digestDefaultAuthorities,
  digestProcess,
  verifiesByDefault,
  isStandardCheck,
} from './trust.ts';

/** Which hop of a way through proxies a connection is: to the origin itself, or to a proxy. */
export type Hop = 'origin' | 'proxy';

/** What a key is made of: options of `tls.connect` and of https, undici and http2. */
export type SessionKeyOptions = ConnectionOptions & { hop?: Hop | undefined };

/** A key, or the name of the option that there is no key because of. */
export type KeyOrObstacle = { key: Uint8Array } | { obstacle: string };

/**
 * The key that the sessions of a connection are kept under: a SHA-256 digest of its peer (server name,
 * host, port or path, hop) and of everything that decides whom it trusts and who we are (authorities,
 * certificates, keys, versions, ciphers, ALPN, local address, the identity of `checkServerIdentity`,
 * `lookup` and `secureContext`, …), with the settings of the process that count where an option is
 * absent. What is not known to be harmless counts.
 *
 * @returns undefined if the policy cannot be expressed: then no session may be kept. That is so for
 *   `pskCallback`, `requestOCSP`, a `session` of yours, a `socket` without `host` (or `servername`)
 *   and `port`, unknown options that are functions or objects, and options that are inherited.
 */
export function sessionKey(options: SessionKeyOptions): Uint8Array | undefined {
  checkObject(options, 'options');
  const result = keyOf(options, options.hop);
  return 'key' in result ? result.key : undefined;
}

/** The key of a connection, or what there is none because of. */
export function keyOf(options: ConnectionOptions, hop: Hop = 'origin'): KeyOrObstacle {
  if (!isPlain(options)) return { obstacle: 'inherited' };
  const values = options as Readonly<Record<string, unknown>>;
  const digest = new Digest().name('sesscache client session v1').value(hop);
  digestProcess(digest);
  if (isAbsent(options.ca) && isAbsent(options.secureContext)) digestDefaultAuthorities(digest);
  // An explicit undefined overrides the environment in Node.
  const verifies = 'rejectUnauthorized' in options ? options.rejectUnauthorized !== false : verifiesByDefault(); // prettier-ignore
  digest.name('rejectUnauthorized').value(verifies);
  for (const name of Object.keys(options).toSorted()) {
    const value = values[name];
    if (value === undefined || name === 'rejectUnauthorized' || IGNORED.has(name)) continue;
    if (!digestOption(digest, name, value, options)) return { obstacle: name };
  }
  return { key: markKey(digest.bytes(), digest.hasIdentity) };
}

/** Adds one option; false if it cannot be expressed. */
function digestOption(
  digest: Digest,
  name: string,
  value: unknown,
  options: ConnectionOptions,
): boolean {
  if (REFUSED.has(name)) return !value;
  if (name === 'socket' && isAbsent(value)) return true;
  digest.name(name);
  if (name === 'socket') return namesPeer(options);
  if (BY_IDENTITY.has(name) && isObject(value)) {
    // got names Node's own function, which is the same in every process.
    if (isStandardCheck(value)) digest.value('standard');
    else digest.identity(value);
    return true;
  }
  try {
    digest.value(name === 'port' ? String(value) : value, CREDENTIALS.has(name));
    return true;
  } catch (error) {
    if (error instanceof NoDigest) return false;
    throw error;
  }
}

/** Whether it is said who is at the other end of a socket of the caller's. */
function namesPeer({ host, servername, port }: ConnectionOptions): boolean {
  return Boolean(host || servername) && Boolean(port);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

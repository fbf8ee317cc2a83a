import type { ConnectionOptions } from 'node:tls';
import { checkObject } from '../../checks.ts';
import { recall, remember } from './parts.ts';
import { collect, type Hop, type Unkeyable } from './policy.ts';
import { copyOptions } from './tls-options.ts';

export type { Hop, Unkeyable } from './policy.ts';

/** The options that a key depends on: those of `tls.connect`, https, undici and http2. */
export type SessionKeyOptions = ConnectionOptions & { hop?: Hop | undefined };

/** A key, or the option that prevents one. */
export type KeyOrUnkeyable = { key: Uint8Array } | Unkeyable;

/**
 * The key under which the sessions of a connection are kept: a SHA-256 digest of its peer (server
 * name, host, port or path, hop) and of everything that decides which peers it trusts and how it
 * authenticates itself (authorities, certificates, keys, versions, ciphers, ALPN, local address,
 * the identity of `checkServerIdentity`, `lookup` and `secureContext`, …), with the settings of the
 * process that count where an option is absent. Options count as Node's TLS reads them: those that
 * it does not read make no difference, and a value that Node treats as absent is absent (`ca: ''`
 * names no authorities).
 *
 * @returns undefined if the policy cannot be expressed: then no session may be kept. The reasons
 *   are `pskCallback`, `requestOCSP`, `session`, a `socket` whose peer is not known, options that
 *   only a newer release of Node reads, and values that Node would refuse.
 * @throws TypeError if `options` is not an object.
 */
export function sessionKey(options: SessionKeyOptions): Uint8Array | undefined {
  checkObject(options, 'options');
  const copy = copyOptions(options);
  const result = keyOf(copy as ConnectionOptions, copy.hop as Hop | undefined);
  return 'key' in result ? new Uint8Array(result.key) : undefined;
}

/** The key of a connection, or why there is none. `options` are a copy, made by `copyOptions`. */
export function keyOf(options: ConnectionOptions, hop: Hop = 'origin'): KeyOrUnkeyable {
  const policy = collect(options, hop);
  if (!('parts' in policy)) return policy;
  const { parts, baseLength, fresh } = policy;
  const peer = peerOf(options);
  const known = recall(peer, parts);
  if (known !== undefined) {
    freshInARow.delete(known.base);
    return known;
  }
  const base = parts.text(baseLength);
  if (fresh.length === 0) freshInARow.delete(base);
  else if (isMadeEachTime(base)) return { blockingOption: fresh[0]!, isClosure: true };
  try {
    const made = { parts, base, key: parts.digest() };
    remember(peer, made);
    return made;
  } catch {
    return { blockingOption: 'sha256' }; // refused: FIPS without its provider
  }
}

/** The name under which keys are remembered. It need not be unique, as all parts are compared. */
function peerOf({ host, port }: ConnectionOptions): string {
  const isNamed =
    typeof host === 'string' && (typeof port === 'number' || typeof port === 'string');
  return isNamed ? `${host} ${port}` : '';
}

/** Consecutive connections whose policy had new functions or contexts. */
const freshInARow = new Map<string, number>();
/** After this many in a row, functions are assumed to be new for each connection. */
const FRESH_MAX = 4;
const POLICIES_MAX = 256;

function isMadeEachTime(base: string): boolean {
  const count = (freshInARow.get(base) ?? 0) + 1;
  if (freshInARow.size >= POLICIES_MAX) freshInARow.clear();
  freshInARow.set(base, count);
  return count > FRESH_MAX;
}

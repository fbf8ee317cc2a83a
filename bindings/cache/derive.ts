import { checkObject, copyOf, isBytes, listOf, wrongType } from '../checks.ts';

/** One input of a policy: text (taken as UTF-8), bytes, a number, a flag, or a list of them. */
export type PolicyValue =
  string | number | boolean | Uint8Array | undefined | readonly PolicyValue[];

/**
 * Everything that decides whether a peer is trusted. Inputs may have any name, and all of them
 * count; these are the usual ones.
 */
export interface VerificationPolicy {
  /** The server's own certificate or certificates. */
  certificate?: PolicyValue;
  /** The name that the client asked for (SNI), or the virtual host. */
  servername?: PolicyValue;
  /** Whether, and how strictly, clients are asked for certificates. */
  verifyMode?: PolicyValue;
  /** The certificate authorities that clients are checked against. */
  ca?: PolicyValue;
  /** The revocation lists that clients are checked against. */
  crl?: PolicyValue;
  /** Application protocols. */
  alpn?: PolicyValue;
  [input: string]: PolicyValue;
}

const encoder = new TextEncoder();

/**
 * Derives a session id context from a verification policy: 32 bytes, SHA-256, that change whenever
 * an input changes. Sessions are then resumed only under the policy that they were made under. A
 * context that omits an input lets clients bypass a check by resuming (CVE-2025-23419,
 * CVE-2025-23048, CVE-2025-68121).
 *
 * The order of the inputs does not matter, the order within lists does. `undefined` counts as
 * absent.
 *
 * @throws TypeError if an input is of another type; Error where there is no WebCrypto (a page that
 *   is not a secure context).
 * @example
 * ```js
 * const context = await deriveSessionIdContext({ certificate, servername: 'example.org', ca });
 * ```
 */
export async function deriveSessionIdContext(policy: VerificationPolicy): Promise<Uint8Array> {
  checkObject(policy, 'policy');
  if (!globalThis.crypto?.subtle) {
    throw new Error('deriveSessionIdContext needs WebCrypto: serve the page from a secure context');
  }
  const parts: Uint8Array[] = [encoder.encode('sesscache session id context v1')];
  for (const name of Object.keys(policy).toSorted()) {
    const value = policy[name];
    if (value === undefined) continue;
    append(parts, name, name);
    append(parts, value, name);
  }
  const digest = await crypto.subtle.digest('SHA-256', concat(parts));
  return new Uint8Array(digest);
}

/** Appends a value behind its type and length, so that no two policies give the same bytes. */
function append(parts: Uint8Array[], value: PolicyValue, title: string): void {
  if (Array.isArray(value)) {
    const items = listOf(value as readonly PolicyValue[]);
    parts.push(frame('l', items.length));
    for (const item of items) append(parts, item, title);
  } else if (isBytes(value)) {
    const bytes = copyOf(value);
    parts.push(frame('b', bytes.length), bytes);
  } else if (value === undefined) {
    parts.push(frame('u', 0));
  } else if (typeof value === 'string') {
    const bytes = encoder.encode(value);
    parts.push(frame('s', bytes.length), bytes);
  } else if (typeof value === 'number' || typeof value === 'boolean') {
    const bytes = encoder.encode(String(value));
    parts.push(frame(typeof value === 'number' ? 'n' : 't', bytes.length), bytes);
  } else {
    wrongType(title, 'text, bytes, number, boolean or a list of them', value);
  }
}

function frame(type: string, length: number): Uint8Array {
  return encoder.encode(`${type}${length}:`);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// Revokes the sessions of a connection, of a client certificate, or of all certificates on a CRL.

import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { startImmediate } from '../alarm.ts';
import { internalsOf } from '../cache/internal.ts';
import { checkBytes, checkObject, checkTag, isBytes, plainBytes, wrongType } from '../checks.ts';
import { FirstError } from '../first-error.ts';
import { Session, type SessionCache } from '../index.ts';
import { tagsOfCertificate } from './certificates/certificate-tags.ts';
import { readCrl, type RevokedCertificates, tagsOfCrl } from './certificates/crl.ts';
import { type ServerConnection, connectionOf } from './handshake/connection.ts';
import { removeEverywhere } from './handshake/lookup.ts';
import { familyIn } from './handshake/tags.ts';
import type { NodeHost } from './host.ts';
import { traceRemoval } from './trace.ts';

/** What `getPeerCertificate()` returns, or PEM, or DER. */
export type CertificateInput = string | Uint8Array | X509Certificate | { raw: Uint8Array };

/** The sessions that `attached.revoke` ends. */
export type RevokeOptions =
  | {
      /**
       * A client's certificate: PEM, DER, an `X509Certificate`, or what `getPeerCertificate()`
       * returns.
       */
      certificate: CertificateInput;
    }
  | {
      /**
       * A certificate revocation list, PEM (one list or several) or DER: all certificates on it.
       */
      crl: string | Uint8Array;
    }
  | {
      /** A tag of 1 to 32 bytes; a string stands for its UTF-8. */
      tag: string | Uint8Array;
    };

/** Certificates of a list that are revoked in one turn of the event loop: about 20 ms. */
const AT_ONCE = 4096;

/** Ends sessions here, in the store behind the cache, and in the processes that share it. */
export function revoke(host: NodeHost, what: TLSSocket | RevokeOptions): number {
  checkObject(what, 'what');
  const connection = connectionOf(what);
  if (connection !== undefined) return revokeConnection(host, connection);
  if (what instanceof TLSSocket) return 0; // none of its sessions were kept
  const { certificate, crl, tag } = what as Record<string, unknown>;
  if (tag !== undefined) return revokeTag(host, checkTag(tag, 'tag'));
  if (certificate !== undefined) return revokeTag(host, fingerprintOf(certificate));
  if (crl !== undefined) return revokeListed(host, listsIn(crl));
  wrongType('what', 'a TLS socket, or an object with certificate, crl or tag', what);
}

/** As `revoke`, for the `crl` of a secure context, which Node has accepted. */
export function revokeCrl(host: NodeHost, crl: unknown): void {
  const values = (Array.isArray(crl) ? crl : [crl]) as unknown[];
  let removed = 0;
  for (const value of values) if (value) removed += revokeListed(host, listsIn(value));
  traceRemoval(host, 'revoked', removed);
}

/**
 * The connection may be of an earlier attachment of the server: its sessions are in the cache that
 * was attached then, and in the store behind it, which the present cache may share.
 */
function revokeConnection(host: NodeHost, connection: ServerConnection): number {
  const earlier = connection.host;
  if (earlier.server !== host.server) {
    throw new TypeError(
      '"what" expected a socket of the attached server, got one of another server',
    );
  }
  connection.isRevoked = true; // and makes no more
  let removed = revokeIn(host.cache, connection);
  const isElsewhere = earlier.cache !== host.cache && !internalsOf(earlier.cache).isClosed;
  if (isElsewhere) removed += revokeIn(earlier.cache, connection);
  return removed;
}

function revokeIn(cache: SessionCache, connection: ServerConnection): number {
  const errors = new FirstError(); // of a remove callback, which must not keep the others from ending
  let removed = 0;
  for (const { id, version } of connection.sessions) {
    const session = new Session({ id, protocolVersion: version });
    errors.of(() => {
      if (removeEverywhere(cache, session)) removed++;
    });
  }
  const family = familyIn(connection.tags ?? connection.origin?.tags ?? []);
  if (family) errors.of(() => (removed += cache.revoke({ tag: family })));
  errors.throw();
  return removed;
}

function revokeTag({ cache }: NodeHost, tag: Uint8Array): number {
  return cache.revoke({ tag });
}

/**
 * Returns how many sessions ended in this turn. The rest of a long list follows in later turns.
 */
function revokeListed(host: NodeHost, lists: RevokedCertificates[]): number {
  return revokeSome(host, tagsOfAll(lists));
}

function* tagsOfAll(lists: RevokedCertificates[]): Generator<Uint8Array> {
  for (const list of lists) yield* tagsOfCrl(list);
}

function revokeSome(host: NodeHost, tags: Iterator<Uint8Array>): number {
  let removed = 0;
  for (let i = 0; i < AT_ONCE; i++) {
    const next = tags.next();
    if (next.done) return removed;
    removed += revokeTag(host, next.value);
  }
  startImmediate(() => {
    try {
      revokeSome(host, tags);
    } catch (error) {
      host.report(error); // the cache was closed, or a callback of it threw
    }
  });
  return removed;
}

function fingerprintOf(certificate: unknown): Uint8Array {
  const given = certificate as CertificateInput;
  const isEncoded = typeof given === 'string' || isBytes(given);
  const raw = isEncoded ? derOf(given) : given?.raw;
  if (!isBytes(raw)) {
    wrongType('certificate', 'PEM, DER, X509Certificate or an object with raw', given);
  }
  const der = plainBytes(checkBytes(raw, 'certificate', Infinity));
  const tags = tagsOfCertificate(der, 0, der.length);
  if (tags === undefined) throw new RangeError('"certificate" expected a certificate in DER');
  return tags[0];
}

function derOf(certificate: string | Uint8Array): Uint8Array {
  try {
    return new X509Certificate(
      typeof certificate === 'string' ? certificate : plainBytes(certificate),
    ).raw;
  } catch {
    throw new RangeError('"certificate" expected a certificate in PEM or DER, got neither');
  }
}

function listsIn(crl: unknown): RevokedCertificates[] {
  if (typeof crl === 'string') return readCrl(crl);
  if (isBytes(crl)) return readCrl(plainBytes(checkBytes(crl, 'crl', Infinity)));
  if (ArrayBuffer.isView(crl)) {
    return readCrl(new Uint8Array(crl.buffer, crl.byteOffset, crl.byteLength));
  }
  wrongType('crl', 'string or Uint8Array', crl);
}

// Reads the revoked certificates of certificate revocation lists (RFC 5280 §5).

import { canonicalName, tagOfSerial } from './certificate-tags.ts';
import {
  begins,
  content,
  CONTEXT,
  enter,
  GENERALIZED_TIME,
  INTEGER,
  malformed,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  UTC_TIME,
} from './der.ts';

const BLOCK = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BOOLEAN = 0x01;
const ENUMERATED = 0x0a;
/** `[4]` of GeneralName: a directoryName. */
const DIRECTORY_NAME = 0xa4;
/** id-ce-certificateIssuer and id-ce-cRLReasons, 2.5.29.29 and 2.5.29.21. */
const CERTIFICATE_ISSUER = [0x55, 0x1d, 0x1d];
const REASON_CODE = [0x55, 0x1d, 0x15];
const REMOVE_FROM_CRL = 8;

/** The certificates that a list names, in the order of the list. */
export interface RevokedCertificates {
  readonly der: Uint8Array;
  /** Names, as `canonicalName` writes them. */
  readonly issuers: string[];
  /** Three numbers for each: position in `issuers`, start and end of the serial number in `der`. */
  readonly entries: number[];
}

/**
 * Reads one list in DER, or all that are in a text of PEM.
 *
 * @throws RangeError if there is none, or one that is malformed
 */
export function readCrl(crl: string | Uint8Array): RevokedCertificates[] {
  if (typeof crl !== 'string' && crl[0] === SEQUENCE) return [readDer(crl)];
  const pem = typeof crl === 'string' ? crl : Buffer.from(crl).toString('latin1');
  const blocks = [...pem.matchAll(BLOCK)].map(([, text]) => (text as string).replace(/\s/g, ''));
  if (blocks.length === 0) throw new RangeError('"crl" expected a CRL in PEM or DER, got neither');
  return blocks.map((text) => {
    if (!BASE64.test(text))
      throw new RangeError('"crl" expected a CRL in PEM, got no base64 within it');
    return readDer(Buffer.from(text, 'base64'));
  });
}

/** The tag of each certificate on a list. */
export function* tagsOfCrl({ der, issuers, entries }: RevokedCertificates): Generator<Uint8Array> {
  for (let i = 0; i < entries.length; i += 3) {
    yield tagOfSerial(issuers[entries[i]!]!, der.subarray(entries[i + 1], entries[i + 2]));
  }
}

function readDer(der: Uint8Array): RevokedCertificates {
  const whole = enter(der, 0, der.length, SEQUENCE); // CertificateList
  if (whole !== der.length) malformed('bytes after the list', whole);
  const limit = enter(der, content, whole, SEQUENCE); // TBSCertList
  let at = content;
  if (begins(der, at, limit, INTEGER)) at = enter(der, at, limit); // version
  at = enter(der, at, limit, SEQUENCE); // algorithm
  const issuerEnd = enter(der, at, limit, SEQUENCE);
  const list: RevokedCertificates = {
    der,
    issuers: [canonicalName(der, at, issuerEnd)],
    entries: [],
  };
  at = readTime(der, issuerEnd, limit); // thisUpdate
  if (begins(der, at, limit, UTC_TIME) || begins(der, at, limit, GENERALIZED_TIME)) {
    at = readTime(der, at, limit); // nextUpdate
  }
  if (begins(der, at, limit, SEQUENCE)) {
    const end = enter(der, at, limit, SEQUENCE);
    for (at = content; at < end;) at = readEntry(list, at, end);
  }
  if (begins(der, at, limit, CONTEXT)) at = enter(der, at, limit); // extensions
  if (at !== limit) malformed('another field than expected', at);
  return list;
}

function readTime(der: Uint8Array, at: number, limit: number): number {
  if (!begins(der, at, limit, UTC_TIME) && !begins(der, at, limit, GENERALIZED_TIME)) {
    malformed('no time where one is due', at);
  }
  return enter(der, at, limit);
}

/** Reads the entry at `at` and returns its end. */
function readEntry(list: RevokedCertificates, at: number, limit: number): number {
  const { der, issuers, entries } = list;
  const end = enter(der, at, limit, SEQUENCE);
  const serialEnd = enter(der, content, end, INTEGER);
  const serialStart = content;
  if (serialStart === serialEnd) malformed('an empty serial number', serialStart);
  let next = readTime(der, serialEnd, end);
  let isListed = true;
  if (begins(der, next, end, SEQUENCE)) {
    const extensionsEnd = enter(der, next, end, SEQUENCE);
    for (next = content; next < extensionsEnd;) {
      const extension = readExtension(der, next, extensionsEnd);
      // An indirect list names another issuer, for this entry and those that follow it.
      if (extension.issuer !== undefined) issuers.push(extension.issuer);
      if (extension.reason === REMOVE_FROM_CRL) isListed = false;
      next = extension.end;
    }
  }
  if (next !== end) malformed('another field than expected', next);
  if (isListed) entries.push(issuers.length - 1, serialStart, serialEnd);
  return end;
}

interface EntryExtension {
  end: number;
  issuer?: string;
  reason?: number;
}

function readExtension(der: Uint8Array, at: number, limit: number): EntryExtension {
  const end = enter(der, at, limit, SEQUENCE);
  const typeEnd = enter(der, content, end, OBJECT_IDENTIFIER);
  const typeStart = content;
  const isType = (type: readonly number[]): boolean =>
    typeEnd - typeStart === type.length && type.every((octet, i) => der[typeStart + i] === octet);
  let next = typeEnd;
  if (begins(der, next, end, BOOLEAN)) next = enter(der, next, end); // critical
  if (enter(der, next, end, OCTET_STRING) !== end) malformed('bytes after an extension', next);
  const value = content;
  if (isType(REASON_CODE)) {
    if (enter(der, value, end, ENUMERATED) - content !== 1) malformed('an unknown reason', value);
    return { end, reason: der[content]! };
  }
  if (!isType(CERTIFICATE_ISSUER)) return { end };
  const namesEnd = enter(der, value, end, SEQUENCE);
  for (let name = content; name < namesEnd;) {
    const isDirectory = begins(der, name, namesEnd, DIRECTORY_NAME);
    const nameEnd = enter(der, name, namesEnd);
    if (isDirectory) return { end, issuer: canonicalName(der, content, nameEnd) };
    name = nameEnd;
  }
  return malformed('an issuer that is no directory name', value);
}

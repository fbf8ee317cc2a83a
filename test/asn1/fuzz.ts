// What must hold of any bytes whatever, and a loop that tries it on spoilt sessions.

import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { decodeSession, encodeSession, peekSession } from '../../bindings/asn1/index.ts';
import type { SessionFields, SessionPeek, SessionSecrets } from '../../bindings/asn1/index.ts';
import { seededRandom } from '../support/random.ts';
import { mutant } from './mutate.ts';
import { recode } from './oracle.ts';
import { byAsn1js, byCodec } from './second-opinion.ts';
import type { Opinion } from './second-opinion.ts';
import { everyField, recordedBytes } from './support.ts';
import { hexOf } from '../support/bytes.ts';

export interface FuzzOptions {
  seed: number;
  /** Ends after so many inputs, */
  count: number;
  /** or after so many seconds, whichever comes first. */
  seconds: number;
}

export interface FuzzReport {
  inputs: number;
  accepted: number;
  /** How many OpenSSL was asked about, and how many of them it took. */
  asked: number;
  taken: number;
  /** How many of the accepted ones asn1js can read, and how many it was asked about. */
  known: number;
  seconded: number;
}

type Decoded = SessionFields & { secrets: SessionSecrets };

const MESSAGE = /^"bytes" expected an SSL_SESSION in DER, got [a-zA-Z0-9 -]+ at offset \d+$/;
const CERTIFICATES = new Set(recordedBytes.map((bytes) => peer(decodeSession(bytes))));
const SEEDS = [...recordedBytes, encodeSession(everyField())];

/** Throws what failed, with the number of the input; the seed and the number make it again. */
export function fuzz({ seed, count, seconds }: FuzzOptions): FuzzReport {
  const report = { inputs: 0, accepted: 0, asked: 0, taken: 0, known: 0, seconded: 0 };
  const random = seededRandom(seed);
  const end = performance.now() + seconds * 1000;
  while (report.inputs < count && (report.inputs % 256 !== 0 || performance.now() < end)) {
    const bytes = mutant(random, SEEDS);
    try {
      tryBytes(bytes, report);
    } catch (error) {
      const which = `seed ${seed}, input ${report.inputs}: ${hexOf(bytes)}`;
      throw new Error(`the codec fails on ${which}`, { cause: error });
    }
    report.inputs++;
  }
  return report;
}

function tryBytes(bytes: Uint8Array, report: FuzzReport): void {
  const peek = attempt(() => peekSession(bytes));
  const fields = attempt(() => decodeSession(bytes, { secrets: true }));
  if (fields === undefined || typeof fields === 'string') {
    assert.is(peek, fields, 'both refuse, and for the same reason');
    assert.match(fields as string, MESSAGE);
  } else {
    report.accepted++;
    assert.is(hexOf(encodeSession(fields)), hexOf(bytes));
    assertPeek(bytes, peek as SessionPeek, fields);
    if (isKnownToAsn1js(fields) && report.known++ % 32 === 0) {
      const opinion = byAsn1js(bytes.subarray(peekSession(bytes).derStart));
      assert.equal(opinion, byCodec(fields));
      report.seconded++;
    }
  }
  // Reading a certificate takes OpenSSL thirty times as long as all the rest.
  if (bytes.length < 500 || report.inputs % 32 === 0) askOpenSSL(bytes, fields, report);
}

/** The result, or the message of the RangeError; nothing else may be thrown. */
function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    assert.is((error as Error).constructor, RangeError);
    return (error as RangeError).message;
  }
}

function assertPeek(bytes: Uint8Array, peek: SessionPeek, fields: Decoded): void {
  assert.is(peek.protocolVersion, fields.protocolVersion);
  assert.is(hexOf(bytes.subarray(peek.idStart, peek.idEnd)), hexOf(fields.id));
  const context = bytes.subarray(peek.contextStart, peek.contextEnd);
  assert.is(hexOf(context), hexOf(fields.sessionIdContext ?? new Uint8Array(0)));
  assert.is(peek.time, fields.time);
  assert.is(peek.timeout, fields.timeout);
  assert.is(peek.flags, fields.flags ?? 0);
  assert.is(peek.hasPeer, fields.peer !== undefined);
  assert.is(peek.derStart > 0, fields.envelope !== undefined);
}

/**
 * asn1js knows the fields that are in our schema of it, and also reads what is in a certificate.
 */
function isKnownToAsn1js({ secrets, ...fields }: Decoded): boolean {
  if (secrets.unknown.length > 0 || fields.peerRawPublicKey) return false;
  return CERTIFICATES.has(peer(fields));
}

/** OpenSSL takes BER and certain numbers out of range, so what it takes need not be accepted. */
function askOpenSSL(bytes: Uint8Array, fields: Decoded | string, report: FuzzReport): void {
  let given = bytes;
  if (typeof fields !== 'string') {
    // It knows no cipher but its own.
    given = encodeSession({ ...fields, cipher: 0xc02b, envelope: undefined });
  }
  const written = recode(given);
  report.asked++;
  if (written !== undefined) {
    report.taken++;
    const decoded = decodeSession(written, { secrets: true });
    assert.is(hexOf(encodeSession(decoded)), written.toString('hex'), 'what OpenSSL writes');
    if (typeof fields !== 'string') {
      assert.equal(written === undefined, false);
      assertSameMeaning(fields, decoded);
    }
    assert.ok(
      typeof fields !== 'string' || !written.equals(bytes),
      'refused, but what OpenSSL writes',
    );
  } else if (typeof fields !== 'string') {
    const { unknown } = fields.secrets;
    const beyondOpenSSL = unknown.length > 0 || fields.peerRawPublicKey !== undefined;
    assert.ok(beyondOpenSSL || !CERTIFICATES.has(peer(fields)), 'accepted, but not by OpenSSL');
  }
}

/** OpenSSL leaves out what is 0 and what it has no more use for, and fills in absent times. */
function assertSameMeaning(ours: Decoded, theirs: Decoded): void {
  const [a, b] = [meaning(ours), meaning(theirs)];
  for (const tag of [1, 2]) {
    // From 3.2 on it counts in nanoseconds, in 64 bits that wrap around.
    const seconds = a[tag];
    if (typeof seconds !== 'bigint' || seconds < 0n || seconds > 2n ** 33n) {
      delete a[tag];
      delete b[tag];
    }
  }
  if (!CERTIFICATES.has(peer(ours))) {
    // It may read a spoilt certificate and write it another way.
    delete a[3];
    delete b[3];
  }
  if (!isDeepStrictEqual(a, b)) assert.equal(b, a);
}

function meaning(fields: Decoded): Opinion {
  const opinion = byCodec(fields);
  // It keeps these in 32 and 8 bits.
  opinion[13] = BigInt.asIntN(32, BigInt(opinion[13] ?? 0n));
  opinion[17] = BigInt.asUintN(8, BigInt(opinion[17] ?? 0n));
  for (const [tag, value] of Object.entries(opinion)) {
    if (value === 0n || value === '') delete opinion[Number(tag)];
  }
  // The key argument, compression, and the cipher, which was put in.
  for (const tag of [0, 11, -3]) delete opinion[tag];
  return opinion;
}

function peer(fields: SessionFields): string {
  return hexOf(fields.peer ?? new Uint8Array(0));
}

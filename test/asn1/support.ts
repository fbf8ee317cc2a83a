// What the codec's tests share: the recorded sessions, and ways to build sessions by hand.

import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { SessionSecrets } from '../../bindings/asn1/index.ts';
import type { SessionFields } from '../../bindings/asn1/index.ts';
import type { RealSession } from './real-session.ts';

interface Recording {
  version: string;
  openssl: string;
  sessions: RealSession[];
}

const file = new URL('recorded.json', import.meta.url);
/** One per Node release. */
export const recordings: Recording[] = JSON.parse(readFileSync(file, 'utf8')).recorded;

/** The recorded sessions themselves, of all releases. */
export const recordedBytes: Uint8Array[] = recordings.flatMap(({ sessions }) =>
  sessions.map(({ bytes }) => plain(Buffer.from(bytes, 'base64'))),
);

/** A plain array: what a browser would have. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}

/** An element of DER: `tag`, and the parts as its content. */
export function der(tag: number, ...parts: (Uint8Array | number[])[]): Uint8Array {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return plain(Buffer.concat([Uint8Array.of(tag, ...(length < 0x80 ? [length] : long)), content]));
}

/** A session of the five mandatory fields and whatever is given after them. */
export function session(...optional: (Uint8Array | number[])[]): Uint8Array {
  return der(0x30, ...mandatory(), ...optional);
}

export function mandatory(): Uint8Array[] {
  return [
    der(0x02, [1]),
    der(0x02, [0x03, 0x03]),
    der(0x04, [0xc0, 0x2b]),
    der(0x04, new Uint8Array(32).fill(0x11)),
    der(0x04, new Uint8Array(48).fill(0x22)),
  ];
}

/** Every field there is, each with a value of its own. */
export function everyField(): SessionFields & { secrets: SessionSecrets } {
  const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);
  return {
    protocolVersion: 0x0303,
    cipher: 0xc02b,
    id: new Uint8Array(32).fill(0x11),
    time: 1_800_000_001,
    timeout: 7201,
    peer: der(0x30, [0x02, 0x01, 0x05]),
    sessionIdContext: utf8('a context'),
    verifyResult: 18,
    hostname: utf8('localhost'),
    pskIdentityHint: utf8('a hint'),
    ticketLifetimeHint: 2 ** 32,
    compressionMethod: 1,
    flags: 1,
    ticketAgeAdd: 0xfffffffe,
    maxEarlyData: 16384,
    alpn: utf8('h2'),
    maxFragmentLengthMode: 2,
    kexGroup: 29,
    peerRawPublicKey: der(0x30, [0x02, 0x01, 0x07]),
    secrets: new SessionSecrets({
      masterKey: new Uint8Array(48).fill(0xa1),
      keyArg: new Uint8Array(8).fill(0xa2),
      pskIdentity: utf8('an identity'),
      ticket: new Uint8Array(176).fill(0xa3),
      srpUsername: utf8('a user'),
      ticketAppData: new Uint8Array(9).fill(0xa4),
      unknown: [
        { tag: 21, constructed: true, content: der(0x04, [0xa5, 0xa5]) },
        { tag: 30, constructed: false, content: Uint8Array.of(0xa6) },
        { tag: 31, constructed: true, content: new Uint8Array(0) },
        { tag: 127, constructed: false, content: new Uint8Array(200).fill(0xa7) },
        { tag: 0x0fffffff, constructed: true, content: der(0x02, [1]) },
      ],
    }),
  };
}

/** Asserts that `run` throws `type` with a message that matches, and returns that message. */
export function assertThrows(
  run: () => unknown,
  type: new (...args: never[]) => Error,
  message: RegExp,
  title?: string,
): string {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  assert.instance(thrown, type, title);
  assert.match((thrown as Error).message, message, title);
  return (thrown as Error).message;
}

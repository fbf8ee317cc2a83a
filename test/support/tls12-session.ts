// Server sessions of TLS 1.2 as i2d_SSL_SESSION writes them: one that was recorded, with another
// id, master key and time in its places.

import { readFileSync } from 'node:fs';
import { decodeSession, encodeSession } from '../../bindings/asn1/index.ts';
import type { RealSession } from '../asn1/real-session.ts';
import { type Random, randomBytes } from './random.ts';

const recorded = JSON.parse(
  readFileSync(new URL('../asn1/recorded.json', import.meta.url), 'utf8'),
) as { recorded: { sessions: RealSession[] }[] };

const original = recorded.recorded[0]!.sessions.find(
  ({ protocol, side, clientCertificate, tickets }) =>
    protocol === 'TLSv1.2' && side === 'server' && !clientCertificate && !tickets,
)!;

export const CONTEXT: Uint8Array = new Uint8Array(32).fill(0x5a);

const fields = decodeSession(Buffer.from(original.bytes, 'base64'), { secrets: true });
const form = encodeSession({ ...fields, sessionIdContext: CONTEXT });
const idAt = Buffer.from(form).indexOf(fields.id);
const masterKeyAt = idAt + fields.id.length + 2;
const timeAt = masterKeyAt + 48 + 4;

export interface Tls12Session {
  readonly id: Uint8Array;
  readonly masterKey: Uint8Array;
  /** 158 bytes. */
  readonly data: Uint8Array;
}

/** A session of `time`, with a random id and a random master key. */
export function tls12Session(random: Random, time: number): Tls12Session {
  const id = randomBytes(random, 32);
  const masterKey = randomBytes(random, 48);
  const data = new Uint8Array(form);
  data.set(id, idAt);
  data.set(masterKey, masterKeyAt);
  new DataView(data.buffer).setUint32(timeAt, time);
  return { id, masterKey, data };
}

// The envelope around a client's session since Node 22.23, 24.17 and 26. It names the server that
// was verified: `\0nodejs:tls:session:1\0`, the length of the name in two bytes, the name in UTF-8,
// the DER. The experimental DTLS of Node 26 has an envelope with another prefix.

import { describe, wrongType } from '../checks.ts';
import { malformed } from './malformed.ts';

/** The envelope that newer Node releases put around a client's session. */
export interface SessionEnvelope {
  /** Which of Node's modules made it. */
  protocol: 'tls' | 'dtls';
  /** The name or address for which the server was verified. Node resumes only for the same one. */
  servername: string;
}

const encoder = new TextEncoder();
const PREFIXES = {
  tls: encoder.encode('\0nodejs:tls:session:1\0'),
  dtls: encoder.encode('\0nodejs:dtls:session:1\0'),
};
const SERVERNAME_MAX = 0xffff;

/** Where the DER begins: 0 without an envelope. */
export function skipEnvelope(bytes: Uint8Array): number {
  if (bytes.length === 0 || bytes[0] !== 0) return 0;
  const at = prefixOf(bytes).length;
  const name = at + 2;
  if (name > bytes.length) malformed('an envelope cut off', at);
  const start = name + (bytes[at] as number) * 0x100 + (bytes[at + 1] as number);
  if (start > bytes.length) malformed('a servername beyond the end', at);
  return start;
}

/** Where the servername begins, in bytes whose DER begins at `start`, more than 0. */
export function checkServername(bytes: Uint8Array, start: number): number {
  const name = prefixOf(bytes).length + 2;
  for (let i = name; i < start; i++) {
    if ((bytes[i] as number) >= 0x80) {
      readEnvelope(bytes, start); // not ASCII: may not be UTF-8 either
      break;
    }
  }
  return name;
}

/** The envelope of a session whose DER begins at `start`, more than 0. */
export function readEnvelope(bytes: Uint8Array, start: number): SessionEnvelope {
  const prefix = prefixOf(bytes);
  const protocol = prefix === PREFIXES.tls ? 'tls' : 'dtls';
  const name = new Uint8Array(bytes.subarray(prefix.length + 2, start)); // TextDecoder refuses shared memory
  try {
    const servername = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
    return { protocol, servername };
  } catch {
    return malformed('a servername that is not UTF-8', prefix.length + 2);
  }
}

/** The bytes of the envelope, up to where the DER begins; empty without one. */
export function writeEnvelope(envelope: SessionEnvelope | undefined): Uint8Array {
  if (envelope === undefined) return new Uint8Array(0);
  if (typeof envelope !== 'object' || envelope === null) {
    wrongType('fields.envelope', 'object', envelope);
  }
  const { protocol, servername } = envelope;
  if (protocol !== 'tls' && protocol !== 'dtls') {
    throw new RangeError('"fields.envelope.protocol" expected "tls" or "dtls", got something else');
  }
  if (typeof servername !== 'string') {
    const title = '"fields.envelope.servername"';
    throw new TypeError(`${title} expected string, got ${describe(servername)}`);
  }
  const prefix = PREFIXES[protocol];
  const name = encoder.encode(servername);
  if (name.length > SERVERNAME_MAX) {
    const title = '"fields.envelope.servername"';
    throw new RangeError(`${title} expected at most ${SERVERNAME_MAX} bytes, got ${name.length}`);
  }
  const out = new Uint8Array(prefix.length + 2 + name.length);
  out.set(prefix);
  out[prefix.length] = name.length >> 8;
  out[prefix.length + 1] = name.length;
  out.set(name, prefix.length + 2);
  return out;
}

function prefixOf(bytes: Uint8Array): Uint8Array {
  const { tls, dtls } = PREFIXES;
  if (startsWith(bytes, tls)) return tls;
  if (startsWith(bytes, dtls)) return dtls;
  return malformed('neither DER nor an envelope of Node', 0);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[i] !== prefix[i]) return false;
  }
  return true;
}

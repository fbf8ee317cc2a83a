// Sessions of a TLS stack other than OpenSSL: BoringSSL (Bun, Electron) has its own encoding. They
// are kept unread for a short time, and only their version is taken from them.

import { TLS1_0, TLS1_3 } from '../../protocol.ts';

/** For how many seconds such a session is kept. */
export const OPAQUE_LIFETIME = 300;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/**
 * A field that BoringSSL writes in every client's sessions, and OpenSSL never: whether it is a
 * server's.
 */
const IS_SERVER = 0xb6;

/**
 * The protocol version of a session in BoringSSL's encoding; undefined if it is not in that
 * encoding.
 */
export function opaqueVersionOf(session: Uint8Array): number | undefined {
  const whole = elementAt(session, 0);
  if (whole?.tag !== SEQUENCE || whole.end !== session.length) return undefined;
  const structure = elementAt(session, whole.start);
  const protocol = structure && elementAt(session, structure.end);
  if (structure?.tag !== INTEGER || protocol?.tag !== INTEGER) return undefined;
  if (protocol.end - protocol.start !== 2) return undefined;
  const version = (session[protocol.start]! << 8) | session[protocol.start + 1]!;
  if (version < TLS1_0 || version > TLS1_3) return undefined;
  let isBoring = false;
  for (let at = protocol.end; at < whole.end;) {
    const element = elementAt(session, at);
    if (element === undefined || element.end > whole.end) return undefined;
    if (element.tag === IS_SERVER) isBoring = true;
    at = element.end;
  }
  return isBoring ? version : undefined;
}

interface Element {
  tag: number;
  /** Of the content. */
  start: number;
  end: number;
}

/** The DER element that begins at `at`, up to 64 KiB long; undefined if there is none. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first - 0x80;
  if (octets > 2) return undefined;
  let length = octets === 0 ? first : 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + 2 + i] ?? NaN);
  const start = at + 2 + octets;
  const end = start + length;
  return end <= bytes.length ? { tag, start, end } : undefined;
}

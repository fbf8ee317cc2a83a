// From what a person pastes or drops to a decoded session.

import { decodePEM, decodeSession } from 'sesscache/asn1';
import type { SessionFields, SessionSecrets } from 'sesscache/asn1';

export type Decoded = SessionFields & { readonly secrets: SessionSecrets };

/** Sessions of this size do not exist: OpenSSL's are below 20 KiB even with large certificates. */
const MOST_BYTES = 1 << 20;

/** @throws RangeError that says what is wrong and where */
export function readText(text: string): Decoded {
  const trimmed = text.trim();
  if (trimmed.includes('-----BEGIN')) return readBytes(new TextEncoder().encode(trimmed));
  const compact = trimmed.replaceAll(/[\s:]/g, '');
  if (/^(?:[0-9a-f]{2})+$/i.test(compact)) return readBytes(fromHex(compact));
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return readBytes(fromBase64(compact));
  throw new RangeError('This is neither PEM, nor hexadecimal, nor base64.');
}

/** PEM or DER. @throws RangeError that says what is wrong and where */
export function readBytes(bytes: Uint8Array): Decoded {
  if (bytes.length > MOST_BYTES) throw new RangeError('This is too large for a session.');
  const isPEM = bytes[0] === 0x2d || new TextDecoder().decode(bytes.subarray(0, 4096)).includes('-----BEGIN'); // prettier-ignore
  return decodeSession(isPEM ? decodePEM(bytes) : bytes, { secrets: true }) as Decoded;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new RangeError('This is not whole base64.');
  }
}

// Secrets that a child process reports, to have its memory searched for them. Each byte is XORed,
// so that the search does not find what the child printed.

import { peekSession } from '../../bindings/asn1/index.ts';

const MASK = 0xa5;

export function mask(secret: Uint8Array): string {
  return Buffer.from(secret.map((byte) => byte ^ MASK)).toString('hex');
}

export function maskMasterSecret(session: Buffer): string {
  const { idEnd } = peekSession(session);
  return mask(session.subarray(idEnd + 2, idEnd + 2 + session[idEnd + 1]!));
}

export function unmask(hex: string): Buffer {
  return Buffer.from(hex, 'hex').map((byte) => byte ^ MASK) as Buffer;
}

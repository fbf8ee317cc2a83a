// The core's bytes, in a form that Node decodes by itself. Bundles for browsers have
// embedded.web.ts instead (scripts/bundle.js).

import { hex } from './wasm.generated.ts';

/** What can decode hexadecimal by itself: 0.1 ms where the loop below takes 1.5 when it is new. */
type Decoders = {
  readonly Buffer?: { from(text: string, encoding: 'hex'): Uint8Array<ArrayBuffer> };
  readonly Uint8Array: { fromHex?(text: string): Uint8Array<ArrayBuffer> };
};

/** What to do when the host refuses even the smallest memory. */
export const NO_ADDRESS_SPACE =
  'no address space for a cache: raise the limit (ulimit -v), or have fewer caches; ' +
  'Node 20 and 22 want 10 GB of address space for each cache, later ones do not';

/** The bytes of core.wasm. */
export function coreBytes(): Uint8Array<ArrayBuffer> {
  const { Buffer, Uint8Array: Bytes } = globalThis as unknown as Decoders;
  if (Bytes.fromHex) return Bytes.fromHex(hex);
  if (Buffer) return Buffer.from(hex, 'hex');
  const bytes = new Uint8Array(hex.length >>> 1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digitAt(hex, i << 1) << 4) | digitAt(hex, (i << 1) + 1);
  }
  return bytes;
}

function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 0x3a ? code - 0x30 : code - 0x57; // '0' to '9', 'a' to 'f'
}

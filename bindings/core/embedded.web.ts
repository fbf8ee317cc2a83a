// The core's bytes, in a form that compresses well on its way to a browser.

import { packed } from './wasm.web.generated.ts';
import { unpack } from './unpack.ts';

/** What to do when the host refuses even the smallest memory. */
export const NO_ADDRESS_SPACE = 'no address space for a cache: have fewer caches';

/** The bytes of core.wasm. */
export function coreBytes(): Uint8Array<ArrayBuffer> {
  return unpack(packed);
}

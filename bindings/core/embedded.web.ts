// The core's bytes, in a form that compresses well on its way to a browser.

import { packed } from './wasm.web.generated.ts';
import { unpack } from './unpack.ts';

/** The bytes of core.wasm. */
export function coreBytes(): Uint8Array<ArrayBuffer> {
  return unpack(packed);
}

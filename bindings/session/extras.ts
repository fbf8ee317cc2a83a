// The state that sessions share, and the state that few of them have. A lookup makes a handle for
// each hit, and each write evicts a part of the index from the processor's cache; therefore a
// handle has only eight fields. Version and context are one object for all sessions of a kind.
// Tags, application data and a separate start of the absolute lifetime are in its extras, which
// most sessions lack.

import type { Seconds } from '../checks.ts';

/** A protocol version and a session id context. Shared by many sessions, unless it has extras. */
export interface Scope {
  readonly version: number;
  /** Never written to. */
  readonly context: Uint8Array;
  /** Extras of a single session. */
  readonly extras: Extras | undefined;
}

/** State that few sessions have. */
interface Extras {
  /** Start of the absolute lifetime; without extras it is the session's time. */
  readonly authTime: Seconds;
  readonly tags: readonly Uint8Array[];
  readonly appData: unknown;
}

/** The tags of a session without tags. */
export const NO_TAGS: readonly Uint8Array[] = Object.freeze([]);

let last: Scope = { version: 0, context: new Uint8Array(0), extras: undefined };

/** The scope of a version and an interned context; usually the same as last time. */
export function scopeFor(version: number, context: Uint8Array): Scope {
  if (last.context !== context || last.version !== version) {
    last = { version, context, extras: undefined };
  }
  return last;
}

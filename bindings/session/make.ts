// How the package itself makes Sessions: of what has been checked already.

import type { Engine } from '../cache/engine.ts';
import type { Seconds } from '../checks.ts';
import { MADE, Session } from './session.ts';
import { bitsOf, NO_TAGS, nextSerial } from './state.ts';

/** A new session; what it is given has been checked and is its own. */
export function newSession(
  id: Uint8Array,
  data: Uint8Array,
  version: number,
  context: Uint8Array,
  time: Seconds,
  timeout: Seconds,
): Session {
  const bits = bitsOf(id.length, false, false);
  // prettier-ignore
  return new Session(
    MADE, nextSerial(), version, context, time, timeout, time, bits, NO_TAGS, data, id, undefined,
  );
}

/** A handle on a session that a cache holds or held. `id` undefined: it lies before `data`. */
export function handleOf(
  serial: number,
  version: number,
  context: Uint8Array,
  time: Seconds,
  timeout: Seconds,
  born: Seconds,
  bits: number,
  tags: readonly Uint8Array[],
  data: Uint8Array,
  id: Uint8Array | undefined,
  home: Engine,
): Session {
  // prettier-ignore
  return new Session(
    MADE, serial, version, context, time, timeout, born, bits, tags, data, id, home,
  );
}

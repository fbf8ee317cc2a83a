// How the package itself makes Sessions: of what has been checked already.

import type { Engine } from '../cache/engine.ts';
import type { Seconds } from '../checks.ts';
import { Session } from './session.ts';
import type { Scope } from './extras.ts';
import { bitsOf, nextSerial, type SessionState } from './state.ts';

type Handles = new (
  serial: number,
  scope: Scope,
  time: Seconds,
  timeout: Seconds,
  bits: number,
  data: Uint8Array,
  id: Uint8Array | undefined,
  home: Engine | undefined,
) => Session;

/**
 * Makes a Session without the constructor, which is for options: too large for V8 to inline into a
 * lookup, where making the handle is a third of the work. `id` undefined: it lies before `data`.
 * In a function of its own, bundlers can leave it out (markPureCalls in scripts/variants.js).
 */
export const Handle = (() => {
  function fill(
    this: SessionState,
    serial: number,
    scope: Scope,
    time: Seconds,
    timeout: Seconds,
    bits: number,
    data: Uint8Array,
    id: Uint8Array | undefined,
    home: Engine | undefined,
  ): void {
    this.ownSerial = serial;
    this.ownScope = scope;
    this.ownTime = time;
    this.ownTimeout = timeout;
    this.bits = bits;
    this.ownData = data;
    this.ownId = id;
    this.home = home;
    this.ownExtras = undefined;
  }
  fill.prototype = Session.prototype;
  return fill as unknown as Handles;
})();

/** A new session; what it is given has been checked and is its own. */
export function newSession(
  id: Uint8Array,
  data: Uint8Array,
  scope: Scope,
  time: Seconds,
  timeout: Seconds,
): Session {
  const bits = bitsOf(id.length, false, false);
  return new Handle(nextSerial(), scope, time, timeout, bits, data, id, undefined);
}

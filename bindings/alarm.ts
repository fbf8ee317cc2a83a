// A timer of Node that test tools do not replace. With their fake timers a deadline might never
// end, and a handshake would hang.

import { Socket } from 'node:net';

/** `setImmediate` as it was when this module was loaded, so that its callbacks always run. */
export const { setImmediate: startImmediate } = globalThis;

/** Milliseconds since the process began. Test tools replace `performance.now()`, but not this. */
export function uptime(): number {
  return process.uptime() * 1000;
}

/** The longest delay of Node's timers, ms. */
const LONGEST = 2 ** 31 - 1;

/** Calls a function once each time it is set. It does not keep the process alive. */
export class Alarm {
  /** Never connected. It serves for its timer, which is Node's own. */
  readonly #socket = new Socket();

  /** @param ring is called when the time is over */
  constructor(ring: () => void) {
    this.#socket.on('timeout', ring);
  }

  /** Calls `ring` in `ms` milliseconds; this replaces an earlier time. */
  set(ms: number): void {
    this.#socket.setTimeout(Math.min(LONGEST, Math.max(1, Math.ceil(ms))));
  }

  clear(): void {
    this.#socket.setTimeout(0);
  }
}

// A timer of Node's that no test tool replaces: under fake timers a deadline would never come, and
// what waits for it would hang.

import { Socket } from 'node:net';

/** `setImmediate` as it was when this module was loaded: what it puts off must not be lost. */
export const { setImmediate: startImmediate } = globalThis;

/** Milliseconds since the process began: test tools replace `performance.now()`, but not this. */
export function uptime(): number {
  return process.uptime() * 1000;
}

/** The longest delay of Node's timers, ms. */
const LONGEST = 2 ** 31 - 1;

/** Rings once each time it is set. It keeps no process alive. */
export class Alarm {
  /** Never connected: it is here for its timer, which is Node's own. */
  readonly #socket = new Socket();

  /** @param ring is called when the time has come */
  constructor(ring: () => void) {
    this.#socket.on('timeout', ring);
  }

  /** Rings in `ms`, and not when it was to ring before. */
  set(ms: number): void {
    this.#socket.setTimeout(Math.min(LONGEST, Math.max(1, Math.ceil(ms))));
  }

  clear(): void {
    this.#socket.setTimeout(0);
  }
}

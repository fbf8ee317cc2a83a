// The time of the laboratory: it can be stopped, sped up, and moved forward.

import { signal } from '@preact/signals';

export const SPEEDS = [0, 1, 10, 60] as const;
export type Speed = (typeof SPEEDS)[number];

export class Clock {
  /** Seconds of the laboratory that pass in a real second. */
  readonly speed = signal<Speed>(1);
  /** Seconds since the epoch when `#since` was read. */
  #seconds = Math.floor(Date.now() / 1000);
  #since = performance.now();

  /** Whole seconds since the epoch; never goes back. */
  now(): number {
    return Math.floor(this.#exact());
  }

  setSpeed(speed: Speed): void {
    this.advance(0);
    this.speed.value = speed;
  }

  /** Moves the time `seconds` forward at once. */
  advance(seconds: number): void {
    this.#seconds = this.#exact() + seconds;
    this.#since = performance.now();
  }

  #exact(): number {
    return this.#seconds + ((performance.now() - this.#since) / 1000) * this.speed.peek();
  }
}

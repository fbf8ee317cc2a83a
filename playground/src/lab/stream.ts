// Lets the clients of a laboratory come by themselves, so many a second.

import { signal } from '@preact/signals';
import { SAMPLE_MS } from './history.ts';
import type { Lab } from './lab.ts';

export const RATES = [1, 5, 20, 100, 500] as const;

const BEAT_MS = 100;

export class Stream {
  readonly isRunning = signal(false);
  readonly rate = signal<number>(5);
  readonly #lab: Lab;
  #due = 0;

  constructor(lab: Lab) {
    this.#lab = lab;
    setInterval(() => this.#beat(), BEAT_MS);
    setInterval(() => {
      lab.history.sample(lab.cache.stats());
      if (lab.clock.speed.peek() > 0) lab.changed(); // ages go on
    }, SAMPLE_MS);
  }

  toggle(): void {
    this.isRunning.value = !this.isRunning.peek();
    this.#due = 0;
  }

  #beat(): void {
    if (!this.isRunning.peek()) return;
    this.#due += (this.rate.peek() * BEAT_MS) / 1000;
    const count = Math.floor(this.#due);
    this.#due -= count;
    if (count > 0) this.#lab.handshakes(count);
  }
}

// Sessions on their way out of a cache. libssl keeps one alive while its remove callback runs, and
// those of a flush until the flush is over: a script can name them that long.

import type { Entry } from './registry.ts';

export class Leaving {
  #flushed: { readonly entry: Entry; readonly depth: number }[] = [];

  /** Keeps `entry` alive while `call` runs. */
  during<T>(entry: Entry | undefined, call: () => T): T {
    if (entry === undefined) return call();
    entry.leaving++;
    try {
      return call();
    } finally {
      entry.leaving--;
    }
  }

  /** Keeps `entry` alive until the flush in the operation at `depth` is over. */
  untilFlushed(entry: Entry, depth: number): void {
    entry.leaving++;
    this.#flushed.push({ entry, depth });
  }

  /** A flush of the operation at `depth`, if there was one, is over. */
  flushed(depth: number): void {
    if (this.#flushed.length === 0) return;
    for (const { entry, depth: at } of this.#flushed) if (at >= depth) entry.leaving--;
    this.#flushed = this.#flushed.filter(({ depth: at }) => at < depth);
  }
}

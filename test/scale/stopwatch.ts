/** Adds up how long calls take, and keeps the longest, under the name of what they do. */
export class Stopwatch {
  readonly #laps = new Map<string, { calls: number; total: number; longest: number }>();

  time<T>(name: string, call: () => T): T {
    const start = performance.now();
    const result = call();
    const took = performance.now() - start;
    const lap = this.#laps.get(name) ?? { calls: 0, total: 0, longest: 0 };
    lap.calls++;
    lap.total += took;
    lap.longest = Math.max(lap.longest, took);
    this.#laps.set(name, lap);
    return result;
  }

  /**
   * Of several watches of the same work the smallest numbers: what a call takes at most when
   * nothing else on the machine gets in its way.
   */
  static best(watches: readonly Stopwatch[]): Stopwatch {
    const best = new Stopwatch();
    for (const [name, lap] of watches.flatMap((watch) => [...watch.#laps])) {
      const known = best.#laps.get(name) ?? lap;
      const total = Math.min(known.total, lap.total);
      const longest = Math.min(known.longest, lap.longest);
      best.#laps.set(name, { calls: lap.calls, total, longest });
    }
    return best;
  }

  /** One line for each name, in milliseconds. */
  toString(): string {
    return [...this.#laps]
      .map(([name, { calls, total, longest }]) =>
        [
          name.padEnd(28),
          `${calls} calls`.padStart(16),
          `${total.toFixed(0)} ms`.padStart(10),
          `longest ${longest.toFixed(3)} ms`.padStart(20),
        ].join(' '),
      )
      .join('\n');
  }
}

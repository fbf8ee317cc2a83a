// Time that moves only when a test moves it. The timers and clocks of the process are replaced
// while a simulation runs, so that the seed alone decides the order of events.

interface Timer {
  readonly number: number;
  readonly at: number;
  readonly run: () => void;
  /** setImmediate: due before all timeouts. */
  readonly immediate: boolean;
}

const real = { setTimeout, clearTimeout, setImmediate, clearImmediate, now: Date.now };

/** Lets every promise settle that can without time passing. */
export function drain(): Promise<void> {
  return new Promise((resolve) => void real.setImmediate(resolve));
}

export class VirtualTime {
  /** Milliseconds since the epoch. */
  now: number;
  readonly #timers = new Map<number, Timer>();
  #next = 1;
  #installed = false;

  constructor(start: number) {
    this.now = start;
  }

  /** Replaces the globals. */
  install(): void {
    if (this.#installed) throw new Error('installed already');
    this.#installed = true;
    const add = (run: () => void, after: number, immediate: boolean): object => {
      const number = this.#next++;
      this.#timers.set(number, { number, at: this.now + Math.max(0, after), run, immediate });
      return { number, unref: () => ({ number }), ref: () => ({ number }) };
    };
    const clear = (timer: { number: number } | undefined): void => {
      if (timer !== undefined) this.#timers.delete(timer.number);
    };
    Object.assign(globalThis, {
      setTimeout: (run: (...args: unknown[]) => void, after = 0, ...args: unknown[]) => {
        const timer = add(() => run(...args), after, false) as { unref: () => object };
        timer.unref = () => timer;
        return timer;
      },
      setImmediate: (run: () => void) => add(run, 0, true),
      clearTimeout: clear,
      clearImmediate: clear,
    });
    Date.now = () => this.now;
    Object.defineProperty(performance, 'now', { value: () => this.now, configurable: true });
  }

  /** Puts the globals back; timers stay. */
  uninstall(): void {
    if (!this.#installed) return;
    this.#installed = false;
    const { now, ...timers } = real;
    Object.assign(globalThis, timers);
    Date.now = now;
    delete (performance as { now?: unknown }).now;
  }

  /** Runs the timer that is due first, at its time. Returns whether there was one. */
  runNext(): boolean {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (first === undefined || isBefore(timer, first)) first = timer;
    }
    if (first === undefined) return false;
    this.#timers.delete(first.number);
    this.now = Math.max(this.now, first.at);
    first.run();
    return true;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  const [a, b] = [one.immediate ? -1 : one.at, other.immediate ? -1 : other.at];
  return a < b || (a === b && one.number < other.number);
}

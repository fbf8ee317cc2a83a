import { Alarm, startImmediate, uptime } from '../alarm.ts';

/** Milliseconds of work in one turn. */
const LIMIT = 1;
/**
 * Milliseconds after which the next turn begins in any case: a test tool may hold back immediates.
 */
const LATEST = 20;

/** Sessions between two looks at the clock. */
export const BATCH = 16;

/** Work that is done in short turns. */
export class Turns {
  #began = uptime();
  #wake = (): void => {};
  readonly #alarm = new Alarm(() => this.#wake());

  /** Whether this turn has lasted long enough. */
  get isOver(): boolean {
    return uptime() - this.#began >= LIMIT;
  }

  /** Waits until the event loop has run timers, sockets and handshakes. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      startImmediate(resolve);
      this.#alarm.set(LATEST);
    });
    this.#began = uptime();
  }
}

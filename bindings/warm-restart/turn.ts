import { Alarm, startImmediate, uptime } from '../alarm.ts';

/** Milliseconds of work in one go, after which others have their turn. */
const LIMIT = 1;
/** Milliseconds after which a turn begins in any case: a test tool may hold immediates back. */
const LATEST = 20;

/** After how many sessions to look at the clock. */
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

  /** Lets the event loop go round: timers, sockets and handshakes have their turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      startImmediate(resolve);
      this.#alarm.set(LATEST);
    });
    this.#began = uptime();
  }
}

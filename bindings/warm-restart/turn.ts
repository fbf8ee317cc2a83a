/** Milliseconds of work in one go, after which others have their turn. */
const LIMIT = 1;

/** After how many sessions to look at the clock. */
export const BATCH = 16;

/** Lets the event loop go round: timers, sockets and handshakes have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Work that is done in short turns. */
export class Turns {
  #began = performance.now();

  /** Whether this turn has lasted long enough. */
  get isOver(): boolean {
    return performance.now() - this.#began >= LIMIT;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#began = performance.now();
  }
}

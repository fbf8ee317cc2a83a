// A circuit breaker: after several failures in a row the store is not called until a cooldown has
// passed. Then one probe is sent, and its outcome closes or reopens the breaker.

export type BreakerState = 'closed' | 'open' | 'probing';

export class Breaker {
  readonly #most: number;
  readonly #cooldown: number;
  readonly #now: () => number;
  #failures = 0;
  #openUntil = 0;
  #state: BreakerState = 'closed';
  /** How often it has opened. */
  opened = 0;
  /** Called with each change of state. Must not throw. */
  onChange: ((state: BreakerState, previous: BreakerState) => void) | undefined;

  /** Opens after `most` failures in a row, for `cooldown` ms on the clock `now`. */
  constructor(most: number, cooldown: number, now: () => number) {
    this.#most = most;
    this.#cooldown = cooldown;
    this.#now = now;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /**
   * Whether the store may be called. If so, the caller must report the outcome: `succeeded` or
   * `failed`.
   */
  enter(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'probing' || this.wait > 0) return false;
    this.#change('probing');
    return true;
  }

  /** Milliseconds until a probe may be sent. */
  get wait(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#now()) : 0;
  }

  succeeded(): void {
    // An answer to an earlier request proves as much as a probe's.
    this.#failures = 0;
    if (this.#state !== 'closed') this.#change('closed');
  }

  failed(): void {
    this.#failures++;
    if (this.#state === 'open') return; // asked before it opened
    if (this.#state === 'closed' && this.#failures < this.#most) return;
    this.#openUntil = this.#now() + this.#cooldown;
    this.opened++;
    this.#change('open');
  }

  #change(state: BreakerState): void {
    const previous = this.#state;
    this.#state = state;
    this.onChange?.(state, previous);
  }
}

// Byte limits and memory limits: how many sessions an add costs depends on how the core lays them
// out, so the model is told what the real cache did, and what can be checked of it is checked here.

import type { SessionLike } from './calls.ts';
import type { Oracle } from './entries.ts';
import type { Side } from './side.ts';
import type { SessionCacheOptions, SessionCacheStats } from '../../bindings/index.ts';

/** More than a session takes besides its data: fields, id, wide times, four tags. */
const MOST_OVERHEAD = 200;
/** Blocks are rounded up by no more than this. */
const ROUNDING = 33 / 32;
const PAGE_BYTES = 65536;
const REFUSED = /^= threw (ERR_SESSCACHE_(?:NO_MEMORY|MAX_BYTES))$/;

export class Limits implements Oracle {
  readonly #options: SessionCacheOptions;
  #evicted = 0;
  #added = 0;
  #refused: string | undefined;

  constructor(options: SessionCacheOptions) {
    this.#options = options;
  }

  evictions(): number {
    return this.#evicted;
  }

  /**
   * A connection does not learn that there was no room for its session, so this depends on what was
   * added.
   */
  refusedAdd(): string | undefined {
    return this.#added === 0 ? (this.#refused ?? 'ERR_SESSCACHE_MAX_BYTES') : undefined;
  }

  refusedChange(): string | undefined {
    return this.#refused;
  }

  /** Has the real side do something, notes what that cost, and says what is wrong with it. */
  watch(real: Side, action: () => void): string | undefined {
    const before = statsOf(real);
    const lengths = Array.from(sessionsOf(real), (session) => session.data.length);
    action();
    this.#refused = REFUSED.exec(real.log.at(-1) ?? '')?.[1];
    if (real.isClosed) return undefined;
    const after = statsOf(real);
    this.#evicted = after.removals.evicted - before.removals.evicted;
    const left = leftFrom(after) - leftFrom(before);
    this.#added = after.number + left - before.number;
    if (this.#refused && after.number < before.number) return 'a refused call cost a session';
    // Times that outgrow 32 bits make a session larger: the next add makes room for that.
    const over = this.#added > 0 ? this.#isOver(after) : undefined;
    // If others have left besides, their room is no sign of anything.
    const isTelling = this.#evicted > 0 && left === this.#evicted;
    return over ?? (isTelling ? this.#wasNeedless(after, lengths) : undefined);
  }

  /** What is set, or follows from maxBytes. */
  get #maxMemory(): number {
    const { maxBytes, maxMemory } = this.#options;
    return maxMemory ?? (maxBytes ? Math.ceil(1.25 * maxBytes) + 2 ** 19 : Infinity);
  }

  #isOver({ bytes, memory, reserved }: SessionCacheStats): string | undefined {
    const { maxBytes = 0 } = this.#options;
    const maxMemory = this.#maxMemory;
    if (maxBytes > 0 && bytes > maxBytes) return `${bytes} bytes, over maxBytes ${maxBytes}`;
    if (Math.max(memory, reserved) > maxMemory) return `${memory} bytes of memory, over maxMemory`;
    return undefined;
  }

  /** Whether the last victim could have stayed. `lengths` are those of before, in order. */
  #wasNeedless({ bytes, memory }: SessionCacheStats, lengths: number[]): string | undefined {
    const { maxBytes = Infinity } = this.#options;
    const maxMemory = this.#maxMemory;
    // One more than were evicted: a session that is replaced may be among the first.
    const largest = Math.max(...lengths.slice(0, this.#evicted + 1)) * ROUNDING + MOST_OVERHEAD;
    if (bytes + largest > maxBytes || memory + PAGE_BYTES > maxMemory) return undefined;
    return `evicted ${this.#evicted}, though there was room`;
  }
}

function leftFrom({ removals }: SessionCacheStats): number {
  return Object.values(removals).reduce((sum, count) => sum + count);
}

function statsOf(side: Side): SessionCacheStats {
  return side.cache.stats() as SessionCacheStats;
}

function sessionsOf({ cache }: Side): Iterable<SessionLike> {
  return { [Symbol.iterator]: () => cache[Symbol.iterator]() };
}

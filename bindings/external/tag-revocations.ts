// The revoked tags and the times of their revocation, from this process, from messages and from the
// store. A mark in the store affects the sessions that no process has in its cache.
//
// A mark holds the time of the last revocation of its tag, and a delayed write must not replace it
// by an earlier one. So a write first reads the mark, writes the latest time that is known, and is
// repeated if a later one has become known meanwhile. This is not atomic: if the store carries out
// an earlier write last, and the process that sent it does not know of the later revocation or has
// ended, the mark keeps the earlier time.

import type { Sealer } from './sealers.ts';
import { CLOCK_SKEW } from './clock.ts';
import { aadOfTag } from './associated-data.ts';
import type { Write } from './queue.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import { openWith } from './key-ring.ts';
import type { ExternalStore } from './store.ts';

/** Most tags that are remembered. */
const TAGS_MAX = 20_000;

export class TagRevocations {
  readonly #namespace: Uint8Array;
  readonly #store: ExternalStore;
  readonly #known = new TwoGenerationMap(TAGS_MAX);
  /** The latest time at which a session was written, as far as this process has seen. */
  #latest = 0;

  constructor(namespace: Uint8Array, store: ExternalStore) {
    this.#namespace = namespace;
    this.#store = store;
  }

  /** Notes when a session was written, on the clock of its host. */
  saw(written: number): void {
    if (written > this.#latest) this.#latest = written;
  }

  /**
   * The time of a revocation that is made `now`: no session that this process has seen is later,
   * even where the clock of its host is ahead, or our own has been set back.
   */
  timeOf(now: number): number {
    return Math.max(now, this.#latest);
  }

  /** Notes that a tag was revoked at a time. */
  note(tag: Uint8Array, revoked: number): void {
    const key = keyOf(tag);
    if ((this.#known.get(key) ?? -Infinity) < revoked) this.#known.set(key, revoked);
  }

  /**
   * Whether a session of these tags is known to be revoked: the full handshake that it goes back to
   * was before the revocation, or at most `skew` ms after it.
   */
  revokes(tags: readonly Uint8Array[], authTime: number, skew = CLOCK_SKEW): boolean {
    return tags.some((tag) => authTime <= (this.#known.get(keyOf(tag)) ?? -Infinity) + skew);
  }

  /** The write of a mark: a tag was revoked at a time. */
  write(sealer: Sealer, tag: Uint8Array, revoked: number): Pick<Write, 'name' | 'value' | 'send'> {
    const aad = aadOfTag(this.#namespace, tag);
    const name = sealer.nameOf(aad);
    const value = sealTime(sealer, aad, revoked);
    const send = async (ttl: number): Promise<void> => {
      const stored = await this.#store.get(name);
      const opened = openTime(sealer, aad, stored);
      if (opened !== undefined) this.note(tag, opened);
      let latest = opened ?? -Infinity;
      for (;;) {
        const known = Math.max(revoked, this.#known.get(keyOf(tag)) ?? revoked);
        if (known <= latest) return;
        latest = known;
        // A destroyed key cannot seal.
        const reseals = latest !== revoked && sealer.fits(value);
        const sealed = reseals ? sealTime(sealer, aad, latest) : value;
        await this.#store.set(name, sealed, ttl);
      }
    };
    return { name, value, send };
  }

  /** Reads the marks of tags from the store. Resolves to false if one cannot be read. */
  async learn(tags: readonly Uint8Array[], sealer: Sealer): Promise<boolean> {
    const answers = tags.map(async (tag) => {
      const aad = aadOfTag(this.#namespace, tag);
      const value = await this.#store.get(sealer.nameOf(aad));
      if (value === null || value === undefined) return true;
      const revoked = openTime(sealer, aad, value);
      if (revoked !== undefined) this.note(tag, revoked);
      return revoked !== undefined;
    });
    return (await Promise.all(answers)).every(Boolean);
  }
}

function sealTime(sealer: Sealer, aad: Uint8Array, time: number): Buffer {
  const plain = Buffer.alloc(8);
  plain.writeBigUInt64BE(BigInt(time));
  return sealer.seal(aad, plain);
}

function openTime(sealer: Sealer, aad: Uint8Array, value: unknown): number | undefined {
  const opened = openWith([sealer], aad, value);
  if (typeof opened === 'string' || opened.plain.length !== 8) return undefined;
  return Number(opened.plain.readBigUInt64BE());
}

function keyOf(tag: Uint8Array): string {
  return Buffer.from(tag).toString('latin1');
}

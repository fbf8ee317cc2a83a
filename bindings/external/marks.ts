// Which tags have been revoked, and when: what this process was told, and what the store says. A mark
// in the store reaches the sessions that no process has in its cache.

import type { Lock } from './locks.ts';
import { placeOfTag } from './places.ts';
import { Recent } from './recent.ts';
import { openWith } from './ring.ts';
import type { ExternalStore } from './store.ts';

/** A session written so many ms after a revocation may still be meant by it: clocks differ. */
export const CLOCK_SKEW = 1000;
/** Tags that are remembered here. */
const TAGS_MAX = 20_000;

export class Marks {
  readonly #namespace: Uint8Array;
  readonly #store: ExternalStore;
  readonly #known = new Recent(TAGS_MAX);

  constructor(namespace: Uint8Array, store: ExternalStore) {
    this.#namespace = namespace;
    this.#store = store;
  }

  /** Notes that a tag was revoked at a time. */
  note(tag: Uint8Array, revoked: number): void {
    const key = keyOf(tag);
    if ((this.#known.get(key) ?? -Infinity) < revoked) this.#known.set(key, revoked);
  }

  /** Whether we know a session of these tags, written at that time, to be revoked. */
  revokes(tags: readonly Uint8Array[], written: number): boolean {
    return tags.some((tag) => written <= (this.#known.get(keyOf(tag)) ?? -Infinity) + CLOCK_SKEW);
  }

  /** Asks the store for the marks of tags. False: there is one that cannot be read. */
  async learn(tags: readonly Uint8Array[], lock: Lock): Promise<boolean> {
    const answers = tags.map(async (tag) => {
      const place = placeOfTag(this.#namespace, tag);
      const value = await this.#store.get(lock.nameOf(place));
      if (value === null || value === undefined) return true;
      const opened = openWith([lock], place, value);
      if (typeof opened === 'string' || opened.plain.length !== 8) return false;
      this.note(tag, Number(opened.plain.readBigUInt64BE()));
      return true;
    });
    return (await Promise.all(answers)).every(Boolean);
  }
}

/** A mark, sealed. */
export function sealMark(
  lock: Lock,
  namespace: Uint8Array,
  tag: Uint8Array,
  revoked: number,
): { name: string; value: Buffer } {
  const place = placeOfTag(namespace, tag);
  const plain = Buffer.alloc(8);
  plain.writeBigUInt64BE(BigInt(revoked));
  return { name: lock.nameOf(place), value: lock.seal(place, plain) };
}

function keyOf(tag: Uint8Array): string {
  return Buffer.from(tag).toString('latin1');
}

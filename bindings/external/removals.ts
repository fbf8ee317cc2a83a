// Removal of sessions from the store and from the caches of all processes.
//
// A removed session is not resumed in this process from then on, nor in another one that has
// received the message or finds the tombstone in the store (tombstones.ts). This holds as well if a
// write of the session is queued, in progress, or arrives later. For a revoked tag the store keeps
// a mark with the time (tag-revocations.ts).

import type { CacheInternals } from '../cache/internal.ts';
import type { Seconds } from '../checks.ts';
import type { Session } from '../index.ts';
import { RemovalBroadcaster } from './removal-broadcaster.ts';
import { CLOCK_SKEW, milliseconds } from './clock.ts';
import type { Lookups } from './lookups.ts';
import type { TagRevocations } from './tag-revocations.ts';
import type { Removal } from './message.ts';
import { aadOfSession } from './associated-data.ts';
import type { WriteBehind } from './queue.ts';
import type { KeyRing } from './key-ring.ts';
import type { ExternalStats } from './stats.ts';
import { type Channel, KEEP_MAX } from './store.ts';
import { tombstoneName } from './tombstones.ts';

/** What removals need of an attached store. */
interface RemovalParts {
  readonly internals: CacheInternals;
  readonly namespace: Uint8Array;
  readonly ring: KeyRing;
  readonly queue: WriteBehind;
  readonly tagRevocations: TagRevocations;
  readonly lookups: Lookups;
  readonly channel: Channel | undefined;
  /** Longest remaining life of a session that this process does not know, ms. */
  readonly longestLife: () => number;
  readonly stats: ExternalStats;
  readonly report: (error: unknown) => void;
}

export class Removals {
  readonly #parts: RemovalParts;
  readonly #broadcaster: RemovalBroadcaster | undefined;
  readonly #attachedAt: number;
  /** Whether the next removal is this module's own: it is not sent on. */
  #isInternal = false;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
    const { channel, internals, ring, namespace, stats, report } = parts;
    this.#attachedAt = milliseconds(internals);
    const hear = (removal: Removal): void => this.#hear(removal);
    this.#broadcaster =
      channel && new RemovalBroadcaster(channel, ring, namespace, stats, report, hear);
  }

  /** The program has removed a session, which may be cached or not. */
  removed(id: Uint8Array, version: number): void {
    if (this.#takesInternal() || id.length === 0) return;
    const { namespace, ring, queue, lookups, longestLife } = this.#parts;
    const aad = this.#aadOf(version, id);
    lookups.remove(aad);
    const until = performance.now() + longestLife();
    // It may have been stored under any of the keys.
    for (const sealer of ring.sealers) {
      const tombstone = tombstoneName(sealer, namespace, version, id);
      queue.remove(sealer.nameOf(aad), until, tombstone);
    }
    this.#broadcaster?.tell({ version, id: new Uint8Array(id) });
  }

  /** The program has revoked a tag. */
  revoked(tag: Uint8Array): void {
    if (this.#takesInternal()) return;
    const { internals, ring, queue, tagRevocations } = this.#parts;
    const revoked = tagRevocations.timeOf(milliseconds(internals));
    tagRevocations.note(tag, revoked);
    queue.withdrawTagged(tag, (authTime) => tagRevocations.revokes([tag], authTime));
    const until = performance.now() + KEEP_MAX;
    for (const sealer of ring.sealers) {
      queue.add({ kind: 'mark', ...tagRevocations.write(sealer, tag, revoked), until });
    }
    this.#broadcaster?.tell({ tag, revoked });
  }

  isRemoved(session: Session): boolean {
    const aad = this.#aadOf(session.protocolVersion, session.id);
    return this.#parts.lookups.isRemoved(aad, session);
  }

  /** A session has been taken from the store for use. `wasInside`: it was cached as well. */
  used(id: Uint8Array, version: number, wasInside: boolean): void {
    this.#parts.lookups.remove(this.#aadOf(version, id));
    // The process that made the session still caches it. If it was cached here, that is this one.
    if (!wasInside) this.#broadcaster?.tell({ version, id }, true);
  }

  /** Removes a session from the cache only. Returns whether it was there. */
  removeInside(id: Uint8Array, version: number): boolean {
    const { internals } = this.#parts;
    const was = internals.find(id, version) !== 0;
    this.#ourselves(() => internals.removeById(id, version, 'removed'));
    return was;
  }

  /** Sends the messages that are collected for one batch. */
  send(): void {
    this.#broadcaster?.send();
  }

  stop(): void {
    this.#broadcaster?.stop();
  }

  /** Carries out a removal that another process has announced. */
  #hear(removal: Removal): void {
    if ('id' in removal) this.#hearRemoved(removal.id, removal.version);
    else this.#hearRevoked(removal.tag, removal.revoked);
  }

  #hearRemoved(id: Uint8Array, version: number): void {
    const { lookups, queue, ring } = this.#parts;
    const aad = this.#aadOf(version, id);
    lookups.remove(aad);
    if (queue.holdsSessions) for (const sealer of ring.sealers) queue.withdraw(sealer.nameOf(aad));
    this.removeInside(id, version);
  }

  #hearRevoked(tag: Uint8Array, revoked: number): void {
    const { internals, tagRevocations, queue } = this.#parts;
    // Even if a later revocation is known: it may come from a process whose clock is ahead.
    tagRevocations.note(tag, revoked);
    queue.withdrawTagged(tag, (authTime) => tagRevocations.revokes([tag], authTime));
    const last = this.#lastSecondOf(revoked);
    this.#ourselves(() => internals.revoke(tag, last));
  }

  /**
   * The last second in which a session that a revocation affects can have been made; undefined: all
   * are affected. The message may be late, or replayed to a process that has not received it: it
   * must not remove sessions made afterwards, and the cache knows their times in seconds only.
   *
   * A revocation of the present affects all sessions, as clocks may differ by CLOCK_SKEW. One from
   * before this process used the store affects sessions of other processes, and the store has its
   * mark. One in between affects sessions made up to CLOCK_SKEW later as well.
   */
  #lastSecondOf(revoked: number): Seconds | undefined {
    if (revoked + CLOCK_SKEW >= milliseconds(this.#parts.internals)) return undefined;
    return Math.floor((revoked < this.#attachedAt ? revoked : revoked + CLOCK_SKEW) / 1000);
  }

  /** Removes sessions from this cache only. Removals by a remove callback are sent on as usual. */
  #ourselves(removal: () => void): void {
    this.#isInternal = true;
    try {
      removal();
    } catch (error) {
      this.#parts.report(error); // a remove callback's
    } finally {
      this.#isInternal = false;
    }
  }

  #takesInternal(): boolean {
    const isInternal = this.#isInternal;
    this.#isInternal = false;
    return isInternal;
  }

  #aadOf(version: number, id: Uint8Array): Buffer {
    return aadOfSession(this.#parts.namespace, version, id);
  }
}

// What is not to be resumed any more, here and elsewhere: out of the store, out of the other processes'
// caches, and never believed again if the store brings it back.

import type { Engine } from '../cache/engine.ts';
import { removeById, revoke, UNLIMITED } from '../cache/removal.ts';
import { LEFT_REMOVED, LEFT_REVOKED } from '../core/abi.ts';
import type { Session } from '../session/session.ts';
import { Announcer } from './announcer.ts';
import type { Lookups } from './lookups.ts';
import { type Marks, sealMark } from './marks.ts';
import type { Removal } from './message.ts';
import { placeOfSession } from './places.ts';
import type { WriteBehind } from './queue.ts';
import type { Ring } from './ring.ts';
import type { ExternalStats } from './stats.ts';
import { type Channel, KEEP_MAX } from './store.ts';

/** How long a removal that fails is tried again, ms. */
const PATIENCE = 600_000;
const EMPTY = new Uint8Array(0);

/** What removals need of an attached store. */
export interface RemovalParts {
  readonly engine: Engine;
  readonly namespace: Uint8Array;
  readonly ring: Ring;
  readonly queue: WriteBehind;
  readonly marks: Marks;
  readonly lookups: Lookups;
  readonly channel: Channel | undefined;
  readonly stats: ExternalStats;
  readonly report: (error: unknown) => void;
}

export class Removals {
  readonly #parts: RemovalParts;
  readonly #announcer: Announcer | undefined;
  /** The removal that is about to be heard of is our own, and does not travel. */
  #isOwn = false;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
    const { channel, ring, namespace, stats, report } = parts;
    const hear = (removal: Removal): void => this.#hear(removal);
    this.#announcer = channel && new Announcer(channel, ring, namespace, stats, report, hear);
  }

  /** The cache was told to remove a session, whether it has it or not. */
  removed(id: Uint8Array, version: number): void {
    if (this.#takesOwn() || id.length === 0) return;
    const { ring, queue, lookups } = this.#parts;
    const place = this.#placeOf(version, id);
    lookups.remove(place);
    const until = performance.now() + PATIENCE;
    // It may have been stored under any of the keys.
    for (const lock of ring.locks) {
      queue.add({ kind: 'deletion', name: lock.nameOf(place), value: EMPTY, until });
    }
    this.#announcer?.tell({ version, id: new Uint8Array(id) });
  }

  /** The cache was told to revoke a tag. */
  revoked(tag: Uint8Array): void {
    if (this.#takesOwn()) return;
    const { ring, queue, marks, namespace } = this.#parts;
    const revoked = Date.now();
    marks.note(tag, revoked);
    const until = performance.now() + KEEP_MAX;
    for (const lock of ring.locks) {
      queue.add({ kind: 'mark', ...sealMark(lock, namespace, tag, revoked), until });
    }
    this.#announcer?.tell({ tag, revoked });
  }

  isRemoved(session: Session): boolean {
    const place = this.#placeOf(session.protocolVersion, session.id);
    return this.#parts.lookups.isRemoved(place, session);
  }

  /** A session has been taken out of the store, and is used. `wasInside`: the cache had it too. */
  used(id: Uint8Array, version: number, wasInside: boolean): void {
    this.#parts.lookups.remove(this.#placeOf(version, id));
    // Who made the session still has it, to no purpose. Here it was made if it was here.
    if (!wasInside) this.#announcer?.tell({ version, id }, true);
  }

  /** Removes a session from the cache only. Returns whether it was there. */
  removeInside(id: Uint8Array, version: number): boolean {
    const { engine } = this.#parts;
    const was = engine.find(id, version) !== 0;
    this.#ourselves(() => removeById(engine, id, version, LEFT_REMOVED));
    return was;
  }

  /** Sends what waits for company. */
  send(): void {
    this.#announcer?.send();
  }

  stop(): void {
    this.#announcer?.stop();
  }

  /** Another process has removed something. */
  #hear(removal: Removal): void {
    const { engine, marks, lookups } = this.#parts;
    if ('id' in removal) {
      lookups.remove(this.#placeOf(removal.version, removal.id));
      this.removeInside(removal.id, removal.version);
    } else {
      // Though we know of a later one: that may be of a process whose clock is ahead.
      marks.note(removal.tag, removal.revoked);
      this.#ourselves(() => revoke(engine, removal.tag, UNLIMITED, LEFT_REVOKED));
    }
  }

  /** Removes from the cache what is not to travel. What a remove callback then removes does. */
  #ourselves(removal: () => void): void {
    this.#isOwn = true;
    try {
      removal();
    } catch (error) {
      this.#parts.report(error); // a remove callback's
    } finally {
      this.#isOwn = false;
    }
  }

  #takesOwn(): boolean {
    const isOwn = this.#isOwn;
    this.#isOwn = false;
    return isOwn;
  }

  #placeOf(version: number, id: Uint8Array): Buffer {
    return placeOfSession(this.#parts.namespace, version, id);
  }
}

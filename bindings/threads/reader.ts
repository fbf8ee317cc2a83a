// This thread's lookups without the lock. assembly/reader.ts explains why they are right.
//
// The core copies a session into this thread's area of the shared memory. It is copied from there
// into this thread's memory at once, and the area is wiped. If a thread ends in between, its area
// is wiped when its slot is freed.

import { type LookupCriteria } from '../cache/criteria.ts';
import { copyOf, isBytes, lengthOf, type Seconds } from '../checks.ts';
import {
  AREA_CONTEXT,
  AREA_DATA,
  AREA_TAG_LENGTHS,
  AREA_TAGS,
  DATA_LENGTH_MASK,
  DATA_MAX,
  NONE,
  READ_ABSENT,
  READ_CHANGED,
  READ_HIT,
  TAGGED,
} from '../core/abi.generated.ts';
import * as AREA from '../core/fields/area.generated.ts';
import { isForSlab, Slab } from '../core/slab.ts';
import { padded, wordsOf } from '../core/words.ts';
import { NO_TAGS, scopeFor } from '../session/extras.ts';
import { Session, setExtras, TRUSTED } from '../session/session.ts';
import { CACHED, IN_ARRAY, IN_SLAB, internContext } from '../session/state.ts';
import { areaOf, type SharedCore } from './memory.ts';
import type { SharedEngine } from './engine.ts';

/** The lookup has to be repeated with the lock. */
export const LOCKED: unique symbol = Symbol('locked');

/** If other threads change something during so many attempts, the lookup takes the lock. */
const TRIES = 4;
/** Views are kept for sessions of so many lengths, by the low bits of the length. */
const VIEWS = 16;

export class Reader {
  private readonly engine: SharedEngine;
  private readonly core: SharedCore;
  private readonly area: number;
  private readonly words: Int32Array;
  private readonly views: Uint8Array[] = [];
  private readonly context: Uint8Array;
  private staged: Uint8Array | undefined;
  private readonly slab = new Slab();

  constructor(engine: SharedEngine) {
    const { raw } = engine.memory;
    this.engine = engine;
    this.core = raw;
    this.area = areaOf(raw, engine.lock.pass);
    this.words = new Int32Array(raw.memory.buffer, this.area, AREA_CONTEXT >>> 2);
    this.context = this.bytes(AREA_CONTEXT, 32);
    for (let i = 0; i < VIEWS; i++) this.views.push(this.bytes(AREA_DATA, 0));
  }

  /**
   * The session, a copy, as `resumeSession` returns it; undefined if there is none; or LOCKED. Hits
   * and misses are counted, LOCKED is not.
   */
  read(
    id: Uint8Array,
    { version, context, flags }: LookupCriteria,
    now: number,
  ): Session | typeof LOCKED | undefined {
    const { engine, core, area } = this;
    if (!isBytes(id) || lengthOf(id) !== 32) return LOCKED;
    const isDefault = context === engine.context;
    if (!isDefault || context !== this.staged) this.stage(context, isDefault);
    const id8 = wordsOf(id, 32); // read once: another thread may write to it
    const [w0, w1, w2, w3, w4, w5, w6, w7] = id8 as Eight;
    let result = READ_CHANGED;
    for (let i = 0; i < TRIES && result === READ_CHANGED; i++) {
      try {
        result = core.read(area, w0, w1, w2, w3, w4, w5, w6, w7, version, flags, now);
      } catch {
        // An address that was half written.
        this.bytes(AREA_DATA, DATA_MAX + 64).fill(0);
      }
    }
    if (result === READ_ABSENT) {
      engine.lastMiss = NONE;
      return undefined;
    }
    if (result !== READ_HIT) return LOCKED;
    const { words } = this;
    const meta = words[AREA.meta >>> 2]!;
    const length = meta & DATA_LENGTH_MASK;
    const isInSlab = isForSlab(length);
    const view = this.viewOf(length);
    const data = isInSlab ? this.slab.copy(view) : copyOf(view);
    view.fill(0);
    const time = words[AREA.time >>> 2]! >>> 0;
    const authTime = words[AREA.authTime >>> 2]! >>> 0;
    const session = new Session(
      TRUSTED,
      words[AREA.serial >>> 2]! >>> 0,
      scopeFor(version, isDefault ? context : internContext(context)),
      time as Seconds,
      words[AREA.timeout >>> 2]! >>> 0,
      meta | CACHED | (isInSlab ? IN_SLAB : IN_ARRAY),
      data,
      id8,
      engine,
    );
    const isTagged = (meta & TAGGED) !== 0;
    if (isTagged || authTime !== time) {
      setExtras(session, authTime, isTagged ? this.tags() : NO_TAGS, undefined);
    }
    // The rest of the area contains numbers but no secrets; the next lookup overwrites it.
    return session;
  }

  /** Undoes the counts of the last `read`, at the time `now`, because its result is not used. */
  unread(found: Session | undefined, now: number): void {
    this.core.unread(this.area, found === undefined ? READ_ABSENT : READ_HIT, now);
  }

  private tags(): Uint8Array[] {
    const lengths = this.bytes(AREA_TAG_LENGTHS, 8);
    return Array.from({ length: this.words[AREA.tagCount >>> 2]! }, (_, i) =>
      copyOf(this.bytes(AREA_TAGS + 32 * i, lengths[i]!)),
    );
  }

  private stage(context: Uint8Array, isDefault: boolean): void {
    const length = lengthOf(context);
    this.context.set(padded(context, length));
    this.words[AREA.contextLength >>> 2] = length;
    this.staged = isDefault ? context : undefined; // the caller may change its bytes
  }

  private viewOf(length: number): Uint8Array {
    const view = this.views[length & (VIEWS - 1)]!;
    if (view.length === length) return view;
    return (this.views[length & (VIEWS - 1)] = this.bytes(AREA_DATA, length));
  }

  private bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.core.memory.buffer, this.area + at, length);
  }
}

type Eight = readonly [number, number, number, number, number, number, number, number];

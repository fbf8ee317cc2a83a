// What stands behind a handle, and how it finds its entry.

import type { Engine } from '../cache/engine.ts';
import { copyOf, type Seconds } from '../checks.ts';
import { idBefore } from '../core/slab.ts';

/** What a handle knows by itself. While the entry is cached, times and marks are the entry's. */
export class SessionState {
  // `declare`: class fields would be defined as undefined first, and #private ones cost V8 several
  // times more; a lookup makes one of these for each hit.
  declare serial: number;
  declare version: number;
  declare context: Uint8Array;
  declare time: Seconds;
  declare timeout: Seconds;
  /** Start of the absolute lifetime. */
  declare born: Seconds;
  declare extms: boolean;
  declare notResumable: boolean;
  declare tags: readonly Uint8Array[];
  declare appData: unknown;
  /** The cache that held it last; it may have left, and may have come back through another handle. */
  declare home: Engine | undefined;
  /** Whether `home` held it when last seen. */
  declare isIn: boolean;
  declare idLength: number;
  declare data: Uint8Array;
  /** Undefined: it lies before the data, and was copied with it. */
  declare private ownId: Uint8Array | undefined;

  constructor(
    serial: number,
    version: number,
    context: Uint8Array,
    time: Seconds,
    timeout: Seconds,
    born: Seconds,
    extms: boolean,
    notResumable: boolean,
    tags: readonly Uint8Array[],
    idLength: number,
    id: Uint8Array | undefined,
    data: Uint8Array,
  ) {
    this.serial = serial;
    this.version = version;
    this.context = context;
    this.time = time;
    this.timeout = timeout;
    this.born = born;
    this.extms = extms;
    this.notResumable = notResumable;
    this.tags = tags;
    this.appData = undefined;
    this.home = undefined;
    this.isIn = false;
    this.idLength = idLength;
    this.ownId = id;
    this.data = data;
  }

  get id(): Uint8Array {
    return (this.ownId ??= idBefore(this.data, this.idLength));
  }

  set id(id: Uint8Array) {
    this.ownId = id;
    this.idLength = id.length;
  }
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);
/** The tags of a session without tags. */
export const NO_TAGS: readonly Uint8Array[] = Object.freeze([]);

// 2^32 handles later a serial comes back. That matters only if an old handle is then kept beside a
// new session of the same id and version.
let lastSerial = 0;

function nextSerial(): number {
  lastSerial = (lastSerial + 1) >>> 0 || 1;
  return lastSerial;
}

/** The state of a new session; what it is given has been checked and is its own. */
export function newState(
  id: Uint8Array,
  data: Uint8Array,
  version: number,
  context: Uint8Array,
  time: Seconds,
  timeout: Seconds,
): SessionState {
  const serial = nextSerial();
  const { length } = id;
  // prettier-ignore
  return new SessionState(
    serial, version, context, time, timeout, time, false, false, NO_TAGS, length, id, data,
  );
}

/** Parts a session that is not cached from its other handles, which look for another entry. */
export function renumber(state: SessionState): void {
  state.serial = nextSerial();
}

/** A copy; the empty bytes are the same everywhere. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? NO_BYTES : copyOf(bytes);
}

/** Says that a cache holds the session. */
export function settleIn(state: SessionState, home: Engine): void {
  state.home = home;
  state.isIn = true;
}

/** Address of the entry of a session, or 0. When it is seen to have left, it is marked. */
export function entryOf(state: SessionState): number {
  const { home } = state;
  if (home === undefined) return 0;
  const at = home.entryOf(state);
  if (at) {
    state.isIn = true;
    state.notResumable = home.isMarked(at);
  } else if (state.isIn) {
    state.isIn = false;
    if (!home.survivors.has(state.serial)) state.notResumable = true;
  }
  if (home.isClosed) state.home = undefined; // or a handle would keep all its memory
  return at;
}

/** Marks a session as not resumable, also where another cache holds it. */
export function mark(state: SessionState): void {
  const at = entryOf(state);
  if (at) state.home!.store.mark(at);
  state.notResumable = true;
}

/** Takes over what may have changed in the entry, before it leaves or is copied. */
export function syncState(state: SessionState): void {
  const at = entryOf(state);
  if (!at) return;
  const { store } = state.home!;
  state.time = store.timeOf(at);
  state.timeout = store.timeoutOf(at);
  state.born = store.bornOf(at);
  state.context = store.contextOf(at);
}

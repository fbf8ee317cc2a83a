// Looking a session up for a connection: ssl_get_prev_session and lookup_sess_in_cache.

import {
  ABSENT,
  ACCEPT_FOREIGN_ID,
  ARGS_AT,
  ASK,
  CB_HITS,
  DATA_LENGTH_MASK,
  EXTMS_KNOWN,
  EXTMS_LOST,
  EXTMS_OFFERED,
  FOREIGN_ID,
  HIT,
  LEFT_EXPIRED,
  MISS,
  NO_CONTEXT,
  NONE,
  NOTIFY,
  STALE,
  TAGGED,
  UNRESUMABLE,
  VERIFY_PEER,
  VERSION,
  WIDE,
} from '../core/abi.ts';
import * as ARGS from '../core/fields/args.ts';
import * as ENTRY from '../core/fields/entry.ts';
import { addIfRoom } from './admission.ts';
import { padded } from '../core/staging.ts';
import { checkBoolean, checkBytes, checkVersion, copyOf, describe, sameBytes } from '../checks.ts';
import type { Engine } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { removeAt, removeSession } from './removal.ts';
import { MADE, Session } from '../session/session.ts';
import {
  entryOf,
  hasExtms,
  idOf,
  IS_IN,
  isNotResumable,
  NO_TAGS,
  ownBytes,
} from '../session/state.ts';
import type { Connection } from './types.ts';

// Where a lookup reads, in words.
const ENTRY_AT = (ARGS_AT + ARGS.entry) >>> 2;
const SERIAL = ENTRY.serial >>> 2;
const TIME = ENTRY.time >>> 2;
const TIMEOUT = ENTRY.timeout >>> 2;
const BORN = ENTRY.born >>> 2;
const META = ENTRY.meta >>> 2;

type Found = Session | undefined | null;

/** The version of a connection that says nothing. */
const TLS1_2 = 0x0303;

/** A lookup that did not end in the cache itself: what is asked for, and what the connection is. */
class Lookup {
  readonly engine: Engine;
  readonly id: Uint8Array;
  readonly connection: Connection | undefined;
  readonly version: number;
  readonly context: Uint8Array;
  /** The flags that the core's tests take. */
  readonly flags: number;

  constructor(
    engine: Engine,
    id: Uint8Array,
    connection: Connection | undefined,
    version: number,
    context: Uint8Array,
    flags: number,
  ) {
    this.engine = engine;
    this.id = id;
    this.connection = connection;
    this.version = version;
    this.context = context;
    this.flags = flags;
  }

  /** Asks the get callback. */
  ask(): Found | Promise<Found> {
    return this.engine.onGet?.(this.connection, copyOf(this.id));
  }

  /** Goes on with what the get callback answered. */
  settle(found: Found, inward = true): Session | undefined {
    const { engine } = this;
    if (engine.isClosed) return undefined;
    const { core } = engine.store;
    if (found === undefined || found === null) {
      core.count(MISS + ABSENT);
      return undefined;
    }
    if (!(found instanceof Session)) {
      throw new TypeError(
        `"get callback result" expected Session or undefined, got ${describe(found)}`,
      );
    }
    const cause = this.#refuses(found);
    if (cause !== undefined) {
      core.count(MISS + cause);
      return undefined;
    }
    if (engine.second?.isRemoved(found)) {
      core.count(MISS + UNRESUMABLE); // while the answer was on its way
      return undefined;
    }
    core.count(CB_HITS);
    if (inward && !engine.has(SessionCacheMode.NO_INTERNAL_STORE)) addIfRoom(engine, found);
    if (engine.isClosed) return undefined;
    const result = this.#judge(found);
    if (result === STALE) removeSession(engine, found, LEFT_EXPIRED);
    refuseFatal(result);
    return result === HIT ? found : undefined;
  }

  /** Why a session from outside is not even looked at, or undefined. */
  #refuses(found: Session): number | undefined {
    entryOf(found);
    if (isNotResumable(found)) return UNRESUMABLE;
    if (this.engine.departs(ACCEPT_FOREIGN_ID)) return undefined;
    if (found.ownVersion !== this.version) return VERSION;
    return sameBytes(idOf(found), this.id) ? undefined : FOREIGN_ID;
  }

  #judge(found: Session): number {
    const { engine, context } = this;
    const { store } = engine;
    const now = engine.now();
    const at = entryOf(found);
    // Whatever expired is left to removeSession, which knows the handle.
    const flags = this.flags | NOTIFY;
    if (at && found.home === engine) {
      store.stageContext(context);
      return store.core.judgeEntry(at, this.version, context.length, flags, now);
    }
    store.stageSeconds(ARGS.time, found.time);
    store.stageSeconds(ARGS.timeout, found.timeout);
    store.stageSeconds(ARGS.born, found.ownBorn);
    store.stageWord(ARGS.version, found.ownVersion);
    return store.core.judgeForeign(
      Number(found.ownVersion === this.version),
      Number(sameBytes(found.ownContext, context)),
      context.length,
      Number(hasExtms(found)),
      flags,
      now,
    );
  }
}

/**
 * Searches the cache itself. Returns a Lookup when the get callback should be asked. Without a
 * connection, the common case, nothing but the result is allocated.
 */
function search(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  asView: boolean,
): Session | Lookup | undefined {
  checkBytes(id, 'id');
  if (connection) return searchFor(engine, id, connection, asView);
  return searchWith(engine, id, connection, asView, TLS1_2, engine.context, engine.lookupFlags);
}

/** The search for a connection that says something about itself. */
function searchFor(
  engine: Engine,
  id: Uint8Array,
  connection: Connection,
  asView: boolean,
): Session | Lookup | undefined {
  const { protocolVersion, sessionIdContext, verifyPeer, extendedMasterSecret } = connection;
  const version =
    protocolVersion === undefined ? TLS1_2 : checkVersion(protocolVersion, 'protocolVersion');
  const context =
    sessionIdContext === undefined
      ? engine.context
      : checkBytes(sessionIdContext, 'sessionIdContext');
  const flags = flagsOf(engine, verifyPeer, extendedMasterSecret);
  return searchWith(engine, id, connection, asView, version, context, flags);
}

function flagsOf(engine: Engine, verifyPeer: unknown, extendedMasterSecret: unknown): number {
  let flags = engine.lookupFlags;
  if (verifyPeer !== undefined) {
    flags = checkBoolean(verifyPeer, 'verifyPeer') ? flags | VERIFY_PEER : flags & ~VERIFY_PEER;
  }
  if (extendedMasterSecret !== undefined) {
    flags |= EXTMS_KNOWN;
    if (checkBoolean(extendedMasterSecret, 'extendedMasterSecret')) flags |= EXTMS_OFFERED;
  }
  return flags;
}

/**
 * The search itself. In one piece, id, handle and all: it is what a lookup costs, and V8 inlines
 * only so much into one function.
 */
function searchWith(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  asView: boolean,
  version: number,
  context: Uint8Array,
  flags: number,
): Session | Lookup | undefined {
  const { store } = engine;
  const now = engine.now(); // before staging: the clock is the user's code
  const own = context === engine.context;
  const contextLength = context.length;
  // The core compares by length first: an empty context needs no staging.
  if (contextLength > 0) {
    if (own) store.stageOwnContext(context);
    else store.stageContext(context);
  }
  const b = id.length === 32 ? id : padded(id);
  const result = store.core.lookup(
    b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24),
    b[4]! | (b[5]! << 8) | (b[6]! << 16) | (b[7]! << 24),
    b[8]! | (b[9]! << 8) | (b[10]! << 16) | (b[11]! << 24),
    b[12]! | (b[13]! << 8) | (b[14]! << 16) | (b[15]! << 24),
    b[16]! | (b[17]! << 8) | (b[18]! << 16) | (b[19]! << 24),
    b[20]! | (b[21]! << 8) | (b[22]! << 16) | (b[23]! << 24),
    b[24]! | (b[25]! << 8) | (b[26]! << 16) | (b[27]! << 24),
    b[28]! | (b[29]! << 8) | (b[30]! << 16) | (b[31]! << 24),
    version,
    id.length,
    contextLength,
    flags,
    now,
  );
  if (result !== HIT) {
    if (result === NONE) return undefined;
    return searchOn(engine, id, connection, version, context, flags, result);
  }
  const { words } = store;
  const at = words[ENTRY_AT]!;
  const entry = at >>> 2;
  const meta = words[entry + META]!;
  const length = meta & DATA_LENGTH_MASK;
  const data = asView ? store.shown(length) : store.copyShown(length);
  const kept = own ? context : ownBytes(context);
  const givenId = asView ? id : undefined; // otherwise it lies before the data
  if (meta & (WIDE | TAGGED) || engine.appData.size > 0) {
    return engine.handleAt(at, version, kept, givenId, data);
  }
  return new Session(
    MADE,
    words[entry + SERIAL]!,
    version,
    kept,
    words[entry + TIME]!,
    words[entry + TIMEOUT]!,
    words[entry + BORN]!,
    meta | IS_IN,
    NO_TAGS,
    data,
    givenId,
    engine,
  );
}

/** What is left to do when the core has found nothing that may be resumed. */
function searchOn(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  version: number,
  context: Uint8Array,
  flags: number,
  result: number,
): Lookup | undefined {
  if (result === ASK) return new Lookup(engine, id, connection, version, context, flags);
  if (result === STALE && flags & NOTIFY) {
    engine.tell(removeAt(engine, engine.store.entry(), LEFT_EXPIRED));
  }
  refuseFatal(result);
  return undefined;
}

/** SSL_CTX's lookup for a server; the get callback may not answer with a promise. */
export function resumeSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  asView: boolean,
): Session | undefined {
  const found = search(engine, id, connection, asView);
  return found instanceof Lookup ? askAtOnce(found) : found;
}

function askAtOnce(lookup: Lookup): Session | undefined {
  const answer = lookup.ask();
  if (!isPromise(answer)) return lookup.settle(answer);
  answer.then(undefined, () => {}); // its failure is nobody's any more
  throw new SessionCacheError(
    'ERR_SESSCACHE_ASYNC_CALLBACK',
    'the get callback returned a promise: use resumeSessionAsync',
  );
}

/** The same with a promise; simultaneous lookups of one id ask once. */
export async function resumeSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  // The caller may use its buffer again while we wait.
  const lookup = search(engine, copyOf(checkBytes(id, 'id')), connection, false);
  if (!(lookup instanceof Lookup)) return lookup;
  const key = `${lookup.version}:${String.fromCharCode(...lookup.id)}`;
  let answer = engine.pending.get(key);
  if (answer === undefined) {
    answer = Promise.resolve(lookup.ask()).then((session) => session ?? undefined);
    engine.pending.set(key, answer);
    const forget = (): unknown => engine.pending.delete(key);
    answer.then(forget, forget);
  }
  return lookup.settle(await answer);
}

/** Goes on with a session taken out of a store as with one of the get callback; it is not added. */
export function settleTaken(
  engine: Engine,
  connection: Connection | undefined,
  taken: Session,
): Session | undefined {
  const { sessionIdContext, verifyPeer, extendedMasterSecret } = connection ?? {};
  const context =
    sessionIdContext === undefined
      ? engine.context
      : checkBytes(sessionIdContext, 'sessionIdContext');
  const flags = flagsOf(engine, verifyPeer, extendedMasterSecret);
  const { id, protocolVersion } = taken;
  return new Lookup(engine, id, connection, protocolVersion, context, flags).settle(taken, false);
}

function refuseFatal(result: number): void {
  if (result === NO_CONTEXT) {
    throw new SessionCacheError(
      'ERR_SESSION_ID_CONTEXT_UNINITIALIZED',
      'peers are verified, but there is no session id context: set one, or no session resumes',
    );
  }
  if (result === EXTMS_LOST) {
    throw new SessionCacheError(
      'ERR_INCONSISTENT_EXTMS',
      'the session has extended master secret and the hello has not (RFC 7627 section 5.3)',
    );
  }
}

function isPromise(value: Found | Promise<Found>): value is Promise<Found> {
  return typeof (value as Promise<Found> | undefined)?.then === 'function';
}

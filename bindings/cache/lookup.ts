// Looking a session up for a connection: ssl_get_prev_session and lookup_sess_in_cache.

import {
  ABSENT,
  ACCEPT_FOREIGN_ID,
  ARGS,
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
  UNRESUMABLE,
  VERIFY_PEER,
  VERSION,
} from '../core/abi.ts';
import { addIfRoom } from './admission.ts';
import { checkBoolean, checkBytes, checkVersion, copyOf, describe, sameBytes } from '../checks.ts';
import type { Engine } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { removeAt, removeSession } from './removal.ts';
import { Session, sessionOf, stateOf } from '../session/session.ts';
import { entryOf, ownBytes, settleIn } from '../session/state.ts';
import type { Connection } from './types.ts';

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
    const state = stateOf(found);
    entryOf(state);
    if (state.notResumable) return UNRESUMABLE;
    if (this.engine.departs(ACCEPT_FOREIGN_ID)) return undefined;
    if (state.version !== this.version) return VERSION;
    return sameBytes(state.id, this.id) ? undefined : FOREIGN_ID;
  }

  #judge(found: Session): number {
    const { engine, context } = this;
    const { store } = engine;
    const state = stateOf(found);
    const now = engine.now();
    const at = entryOf(state);
    // Whatever expired is left to removeSession, which knows the handle.
    const flags = this.flags | NOTIFY;
    if (at && state.home === engine) {
      store.stageContext(context);
      return store.core.judgeEntry(at, this.version, context.length, flags, now);
    }
    store.stageSeconds(ARGS.time, found.time);
    store.stageSeconds(ARGS.timeout, found.timeout);
    store.stageSeconds(ARGS.born, state.born);
    store.stageWord(ARGS.version, state.version);
    return store.core.judgeForeign(
      Number(state.version === this.version),
      Number(sameBytes(state.context, context)),
      context.length,
      Number(state.extms),
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
  store.stageId(id);
  // The core compares by length first: an empty context needs no staging.
  if (context.length > 0) {
    if (context === engine.context) store.stageOwnContext(context);
    else store.stageContext(context);
  }
  const result = store.core.lookup(version, id.length, context.length, flags, now);
  if (result === HIT) {
    const own = context === engine.context ? context : ownBytes(context);
    const at = store.entry();
    const length = store.metaOf(at) & DATA_LENGTH_MASK;
    const state = asView
      ? engine.stateAt(at, version, own, id, store.shown(length))
      : engine.stateAt(at, version, own, undefined, store.copyShown(length));
    settleIn(state, engine);
    return sessionOf(state);
  }
  if (result === NONE) return undefined;
  if (result === ASK) return new Lookup(engine, id, connection, version, context, flags);
  if (result === STALE && flags & NOTIFY) {
    engine.tell(removeAt(engine, store.entry(), LEFT_EXPIRED));
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

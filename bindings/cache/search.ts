// Looking for a session in the cache itself, for a connection: the first half of
// lookup_sess_in_cache, and ssl_get_prev_session.

import {
  ARGS_AT,
  ASK,
  DATA_LENGTH_MASK,
  EXTMS_KNOWN,
  EXTMS_OFFERED,
  HIT,
  LEFT_EXPIRED,
  NONE,
  NOTIFY,
  STALE,
  TAGGED,
  VERIFY_PEER,
  WIDE,
} from '../core/abi.ts';
import * as ARGS from '../core/fields/args.ts';
import * as ENTRY from '../core/fields/entry.ts';
import { padded } from '../core/staging.ts';
import { checkBoolean, checkBytes, checkVersion } from '../checks.ts';
import type { Engine } from './engine.ts';
import { Lookup, refuseFatal } from './question.ts';
import { removeAt } from './removal.ts';
import { MADE, Session } from '../session/session.ts';
import { IS_IN, NO_TAGS, ownBytes } from '../session/state.ts';
import type { Connection } from './types.ts';

// Where a lookup reads, in words.
const ENTRY_AT = (ARGS_AT + ARGS.entry) >>> 2;
const SERIAL = ENTRY.serial >>> 2;
const TIME = ENTRY.time >>> 2;
const TIMEOUT = ENTRY.timeout >>> 2;
const BORN = ENTRY.born >>> 2;
const META = ENTRY.meta >>> 2;

/** The version of a connection that says nothing. */
const TLS1_2 = 0x0303;

/**
 * Searches the cache itself. Returns a Lookup when the get callback should be asked. Without a
 * connection, the common case, nothing but the result is allocated.
 */
export function search(
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
  const context = contextOf(engine, sessionIdContext);
  const flags = flagsOf(engine, verifyPeer, extendedMasterSecret);
  return searchWith(engine, id, connection, asView, version, context, flags);
}

/** The context that a connection names, or the cache's. */
export function contextOf(engine: Engine, sessionIdContext: Uint8Array | undefined): Uint8Array {
  return sessionIdContext === undefined
    ? engine.context
    : checkBytes(sessionIdContext, 'sessionIdContext');
}

/** The flags that the core's tests take. */
export function flagsOf(
  engine: Engine,
  verifyPeer: unknown,
  extendedMasterSecret: unknown,
): number {
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

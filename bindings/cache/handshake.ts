// The two ends of a handshake: session ids, new sessions, counters, ssl_update_cache.

import {
  ACCEPT,
  ACCEPT_GOOD,
  ACCEPT_RENEGOTIATE,
  CLIENT_MISSES,
  CONNECT,
  CONNECT_GOOD,
  CONNECT_RENEGOTIATE,
  DATA_MAX,
  FLUSH_EVERY_256,
  HITS,
  KEEP_REFUSED,
  LEFT_REFUSED,
  MISSES,
} from '../core/abi.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import { addIfRoom } from './add.ts';
import {
  checkBoolean,
  checkBytes,
  checkTags,
  checkTimeout,
  checkVersion,
  copyBytes,
  isBytes,
  lengthOf,
  listOf,
  wrongType,
} from '../checks.ts';
import { type Engine } from './engine.ts';
import { FirstError } from '../first-error.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { flushSessions, removeSession, UNLIMITED } from './remove.ts';
import { scopeFor } from '../session/extras.ts';
import { newSession, type Session } from '../session/session.ts';
import { flagsFor, internContext, NO_BYTES } from '../session/state.ts';
import type { Connection, CreateSessionOptions, FinishHandshakeOptions, Role } from './types.ts';
import { DTLS1_3, TLS1_2, TLS1_3 } from '../protocol.ts';

/** How many sessions an automatic flush removes in one handshake: well below a millisecond. */
const FLUSH_BUDGET = 1024;
/** Handshakes between automatic flushes, as SSL_CTX_set_session_cache_mode(3) says. */
const FLUSH_EVERY = 255;
/** The default timeout of every protocol method in OpenSSL, for a cache whose own is 0. */
const METHOD_TIMEOUT = 7200;

export function startHandshake(engine: Engine, role: Role, renegotiation: boolean): void {
  const { core } = engine.memory;
  if (role === 'server') core.count(renegotiation ? ACCEPT_RENEGOTIATE : ACCEPT);
  else core.count(renegotiation ? CONNECT_RENEGOTIATE : CONNECT);
}

export function finishHandshake(
  engine: Engine,
  role: Role,
  session: Session | undefined,
  options: FinishHandshakeOptions,
): void {
  const resumed = checkBoolean(options.resumed ?? false, 'resumed');
  const offered = checkBoolean(options.offered ?? resumed, 'offered');
  const further = checkBoolean(options.further ?? false, 'further');
  const { core } = engine.memory;
  const isClient = role === 'client';
  if (!further && isClient && offered && !resumed && engine.hasQuirk(CLIENT_MISSES))
    core.count(MISSES);
  if (checkBoolean(options.failed ?? false, 'failed')) return;
  const isNew = !resumed || further || isTls13(session);
  try {
    updateCache(engine, isClient, session, isNew, options.connection);
  } finally {
    if (!further && !engine.isClosed) {
      if (isClient && resumed) core.count(HITS);
      core.count(isClient ? CONNECT_GOOD : ACCEPT_GOOD);
    }
  }
}

/** ssl_update_cache. */
function updateCache(
  engine: Engine,
  isClient: boolean,
  session: Session | undefined,
  isNew: boolean,
  connection: Connection | undefined,
): void {
  const bit = isClient ? SessionCacheMode.CLIENT : SessionCacheMode.SERVER;
  const { mode } = engine;
  const worth = session !== undefined && isWorthCaching(engine, isClient, session, connection);
  const errors = new FirstError();
  if (worth && isNew && mode & bit) {
    errors.of(() => storeNewSession(engine, session, mode, connection));
  }
  if ((worth || !engine.hasQuirk(FLUSH_EVERY_256)) && mode & bit && !engine.isClosed) {
    if (!(mode & SessionCacheMode.NO_AUTO_CLEAR)) errors.of(() => autoFlush(engine, isClient));
  }
  errors.throw();
}

function isWorthCaching(
  engine: Engine,
  isClient: boolean,
  session: Session,
  connection: Connection | undefined,
): boolean {
  if (!session.isResumable) return false;
  const verifies = connection?.verifyPeer ?? engine.verifyPeer;
  return isClient || !verifies || session.sessionIdContext.length > 0;
}

/** Adds a new session and asks the new callback, which may refuse it. */
function storeNewSession(
  engine: Engine,
  session: Session,
  mode: number,
  connection: Connection | undefined,
): void {
  const errors = new FirstError();
  if (!(mode & SessionCacheMode.NO_INTERNAL_STORE)) errors.of(() => addIfRoom(engine, session));
  let verdict: unknown;
  errors.of(() => (verdict = engine.tellNew(connection, session)));
  engine.mind(verdict);
  const refused = verdict === false || verdict === 0;
  if (refused && !engine.hasQuirk(KEEP_REFUSED) && !engine.isClosed) {
    errors.of(() => removeSession(engine, session, LEFT_REFUSED));
  }
  errors.throw();
}

function autoFlush(engine: Engine, isClient: boolean): void {
  const { memory } = engine;
  const good = memory.counter(isClient ? CONNECT_GOOD : ACCEPT_GOOD);
  if (engine.hasQuirk(FLUSH_EVERY_256)) {
    if ((good & 255) === 255) flushSessions(engine, engine.now(), UNLIMITED);
    return;
  }
  if ((good + 1) % FLUSH_EVERY === 0) memory.setHeaderWord(HEADER.flushPending, 1);
  if (!memory.headerWord(HEADER.flushPending)) return;
  // Before the callbacks, which may close the cache: assume the last round, correct it after.
  memory.setHeaderWord(HEADER.flushPending, 0);
  // Time 0 would remove every session: where the clock says 0, flush as of one second earlier.
  const removed = flushSessions(engine, engine.now() || -1, FLUSH_BUDGET);
  if (removed === FLUSH_BUDGET && !engine.isClosed) {
    memory.setHeaderWord(HEADER.flushPending, 1);
  }
}

/** Makes a session id that the cache does not have. */
export function generateSessionId(
  engine: Engine,
  connection: Connection | undefined,
  version: number,
): Uint8Array {
  const id = engine.onGenerate ? callGenerator(engine, connection) : randomId(engine, version);
  if (engine.find(id, version)) {
    throw new SessionCacheError('ERR_SESSION_ID_CONFLICT', 'the new session id is in use');
  }
  return id;
}

function callGenerator(engine: Engine, connection: Connection | undefined): Uint8Array {
  const id = engine.onGenerate!(connection, new Uint8Array(32));
  if (id === undefined || id === false) {
    throw new SessionCacheError(
      'ERR_SESSION_ID_CALLBACK_FAILED',
      'the generate callback made no session id',
    );
  }
  if (!isBytes(id)) {
    wrongType('generate callback result', 'Uint8Array or false', id);
  }
  const length = lengthOf(id);
  if (length === 0 || length > 32) {
    throw new SessionCacheError(
      'ERR_SESSION_ID_HAS_BAD_LENGTH',
      `the generate callback made an id of ${length} bytes, not 1..32`,
    );
  }
  engine.open();
  return copyBytes(id, 'generate callback result');
}

/**
 * 32 random bytes, tested once. OpenSSL tries ten times, but a second try would only help a broken
 * generator.
 */
function randomId(engine: Engine, version: number): Uint8Array {
  const id = new Uint8Array(32);
  for (let i = 0; i < 10; i++) {
    crypto.getRandomValues(id);
    if (!engine.find(id, version)) break;
  }
  return id;
}

/** ssl_get_new_session. Reads each option once. */
export function createSession(engine: Engine, options: CreateSessionOptions): Session {
  const { data = NO_BYTES, id: given, extendedMasterSecret: explicit, appData } = options;
  const { notResumable = false, authTime } = options;
  const tags = listOf(options.tags ?? []);
  const connection: Connection | undefined = options.connection;
  const version = checkVersion(connection?.protocolVersion ?? TLS1_2, 'protocolVersion');
  const named = connection?.sessionIdContext;
  const context =
    named === undefined ? engine.context : internContext(checkBytes(named, 'sessionIdContext'));
  const extms = explicit ?? connection?.extendedMasterSecret ?? false;
  checkBoolean(extms, 'extendedMasterSecret');
  checkBoolean(notResumable, 'notResumable');
  checkBytes(data, 'data', DATA_MAX);
  const checkedTags = checkTags(tags, 'tags');
  if (authTime !== undefined) checkTimeout(authTime, 'authTime');
  const copiedId = given === undefined ? undefined : copyBytes(given, 'id');
  const now = engine.now();
  engine.open(); // reading any of these may have run code of the user
  // Both are fixed before the generate callback, which may change the cache's timeout.
  const timeout = engine.memory.headerLong(HEADER.timeout) || METHOD_TIMEOUT;
  const id = copiedId ?? generateSessionId(engine, connection, version);
  return newSession({
    id,
    data,
    scope: scopeFor(version, context),
    time: now,
    timeout,
    flags: flagsFor(id.length, extms, notResumable),
    authTime: authTime !== undefined && authTime < now ? authTime : now,
    tags: checkedTags,
    appData,
  });
}

/**
 * Whether it was made by a handshake that resumed another session: each ticket of TLS 1.3 is a new
 * one.
 */
function isTls13(session: Session | undefined): boolean {
  const version = session?.protocolVersion;
  return version === TLS1_3 || version === DTLS1_3;
}

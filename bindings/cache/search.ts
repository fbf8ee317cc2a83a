// Searching the cache itself for a connection: the first half of lookup_sess_in_cache, and the
// tests of ssl_get_prev_session.

import {
  ASK,
  LAST_RESULT,
  LEFT_EXPIRED,
  NONE,
  STALE,
  TAGGED,
  WIDE,
} from '../core/abi.generated.ts';
import * as ENTRY from '../core/fields/entry.generated.ts';
import { padded } from '../core/words.ts';
import { type LookupCriteria, internCriteria } from './criteria.ts';
import { checkBytes, copyBytes, isBytes, lengthOf } from '../checks.ts';
import type { Engine } from './engine.ts';
import { CallbackLookup, refuseFatal } from './callback-lookup.ts';
import { removeFound } from './remove.ts';
import { scopeFor } from '../session/extras.ts';
import { Session, TRUSTED } from '../session/session.ts';
import { CACHED, IN_CORE, internContext, NO_BYTES } from '../session/state.ts';
import type { Connection } from './types.ts';

/**
 * Searches the cache itself at the time `now`. The session that it returns is a view whose id is
 * the caller's array. `ask` is called if the get callback should be called.
 *
 * No code of the user runs in here: the id and the context are measured and read at once. One large
 * function, because a lookup costs what this costs and V8 limits inlining. Only the result is
 * allocated. Offsets are formulas of constants, which the bundler evaluates. Numbers are made
 * signed: an unsigned 32-bit number may need a heap object, and then each field of the handle a
 * write barrier.
 */
export function search<T>(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  criteria: LookupCriteria,
  now: number,
  ask: (lookup: CallbackLookup) => T,
): Session | T | undefined {
  const { memory } = engine;
  const isWhole = isBytes(id) && lengthOf(id) === 32;
  const length = isWhole ? 32 : lengthOf(checkBytes(id, 'id'));
  const b = isWhole ? id : padded(id, length);
  memory.stageNow(now);
  const { version, context, flags } = criteria;
  const isDefault = context === engine.context;
  if (isDefault) memory.stageDefaultContext(context);
  else memory.stageContext(context, lengthOf(checkBytes(context, 'sessionIdContext')));
  const found = memory.core.lookup(
    b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24),
    b[4]! | (b[5]! << 8) | (b[6]! << 16) | (b[7]! << 24),
    b[8]! | (b[9]! << 8) | (b[10]! << 16) | (b[11]! << 24),
    b[12]! | (b[13]! << 8) | (b[14]! << 16) | (b[15]! << 24),
    b[16]! | (b[17]! << 8) | (b[18]! << 16) | (b[19]! << 24),
    b[20]! | (b[21]! << 8) | (b[22]! << 16) | (b[23]! << 24),
    b[24]! | (b[25]! << 8) | (b[26]! << 16) | (b[27]! << 24),
    b[28]! | (b[29]! << 8) | (b[30]! << 16) | (b[31]! << 24),
    version,
    length,
    flags,
  );
  const at = found >>> 2;
  if (at <= LAST_RESULT >>> 2) {
    engine.lastMiss = found;
    if (found === NONE) return undefined;
    return searchOn(engine, id, connection, criteria, ask, found);
  }
  const { words } = memory;
  const meta = words[at + (ENTRY.meta >>> 2)]! | 0;
  const serial = words[at + (ENTRY.serial >>> 2)]! | 0;
  const time = words[at + (ENTRY.time >>> 2)]! | 0;
  const timeout = words[at + (ENTRY.timeout >>> 2)]! | 0;
  const authTime = words[at + (ENTRY.authTime >>> 2)]! | 0;
  const scope = isDefault ? criteria : scopeFor(version, internContext(context));
  if (
    (meta & (WIDE | TAGGED)) !== 0 ||
    (serial | time | timeout) < 0 ||
    authTime !== time ||
    engine.appData.size > 0
  ) {
    return engine.viewAt(found >>> 0, scope, id);
  }
  const state = meta | CACHED | IN_CORE;
  return new Session(TRUSTED, serial, scope, time, timeout, state, NO_BYTES, id, engine);
}

/** Handles a search in which the core found no session that may be resumed. */
function searchOn<T>(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  criteria: LookupCriteria,
  ask: (lookup: CallbackLookup) => T,
  result: number,
): T | undefined {
  if (result === ASK) {
    // The callback is code of the user, and its answer may come later: so the id and the context
    // are copied.
    return ask(
      new CallbackLookup(engine, copyBytes(id, 'id'), connection, internCriteria(engine, criteria)),
    );
  }
  if (result === STALE) removeFound(engine, engine.memory.entry(), LEFT_EXPIRED);
  refuseFatal(result);
  return undefined;
}

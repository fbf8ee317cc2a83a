// Passing sessions in a larger array, without an object, a view or a copy for each: for a million
// sessions these would cost as much time in the garbage collector as all the rest.

import type { Seconds } from '../checks.ts';
import {
  ADDED,
  DATA_AT,
  DATA_LENGTH_MASK,
  EXTENDED_MASTER_SECRET,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NO_MEMORY,
  RECORD_BYTES,
  RESUME_AHEAD,
  TAGGED,
  TOO_LARGE,
  VICTIM,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { NO_TAGS } from '../session/extras.ts';
import { flagsFor, nextSerial } from '../session/state.ts';
import { addWithVictims, evictUnderLock } from './add.ts';
import { type Departure, type Engine } from './engine.ts';

/**
 * The position of a session in an array, and its other properties. One object serves many sessions
 * in turn.
 */
export class LocatedSession {
  bytes: Uint8Array = new Uint8Array(0);
  idAt = 0;
  idLength = 0;
  contextAt = 0;
  contextLength = 0;
  dataAt = 0;
  dataLength = 0;
  protocolVersion = 0;
  extendedMasterSecret = false;
  time: Seconds = 0;
  timeout: Seconds = 0;
  authTime: Seconds = 0;
  /** Few sessions have tags; each tag is an array of its own, or a view. */
  tags: readonly Uint8Array[] = NO_TAGS;
}

/**
 * Sets `session` to the position of an entry in the core's memory; valid until the next call of the
 * core.
 */
export function locateEntry({ memory }: Engine, at: number, session: LocatedSession): void {
  const meta = memory.metaOf(at);
  session.idAt = at + RECORD_BYTES;
  session.idLength = (meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
  const context = memory.contextAt(at);
  session.contextAt = context + RECORD_BYTES;
  session.contextLength = (memory.metaOf(context) >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
  session.dataAt = DATA_AT;
  session.dataLength = meta & DATA_LENGTH_MASK;
  session.protocolVersion = memory.versionOf(at);
  session.extendedMasterSecret = (meta & EXTENDED_MASTER_SECRET) !== 0;
  session.time = memory.timeOf(at);
  session.timeout = memory.timeoutOf(at);
  session.authTime = memory.authTimeOf(at);
  session.tags = meta & TAGGED ? memory.tagsOf(at) : NO_TAGS;
  memory.core.decode(at);
  session.bytes = memory.bytes;
}

/**
 * Adds a session, as `addSession` does, unless one of its id and version is cached. The array must
 * not be the core's memory.
 *
 * @returns whether it was added: none was cached, and there was room.
 */
export function addLocated(engine: Engine, session: LocatedSession): boolean {
  const { memory } = engine.open();
  if (engine.isLocked) return false;
  const now = engine.now(); // the user's code
  engine.open();
  memory.stageNow(now);
  const { bytes, dataAt, dataLength, idLength, tags, time } = session;
  let authTime = session.authTime < time ? session.authTime : time;
  // The absolute lifetime of a session from a clock that is ahead begins now.
  if (authTime > now && !engine.hasQuirk(RESUME_AHEAD)) authTime = now;
  memory.stageId(bytes.subarray(session.idAt, session.idAt + idLength));
  if (memory.core.find(session.protocolVersion, idLength) !== 0) return false;
  memory.stageData(bytes.subarray(dataAt, dataAt + dataLength), dataLength);
  memory.recall();
  const { contextAt, contextLength } = session;
  memory.stageContextOfSession(bytes.subarray(contextAt, contextAt + contextLength));
  if (tags.length > 0) memory.stageTags(tags);
  memory.stageSeconds(ARGS.time, time);
  memory.stageSeconds(ARGS.timeout, session.timeout);
  memory.stageSeconds(ARGS.authTime, authTime);
  const flags = flagsFor(idLength, session.extendedMasterSecret, false);
  const { protocolVersion: version } = session;
  const notify = engine.notifies ? 1 : 0;
  memory.stageNumbers(nextSerial(), version, idLength, dataLength, flags, tags.length, notify);
  let status = memory.core.addStaged();
  if (status === ADDED && !engine.evictsStepwise) return true;
  const departures: Departure[] = [];
  if (status === VICTIM) status = addWithVictims(engine, dataLength, departures);
  if (status === ADDED && engine.evictsStepwise) evictUnderLock(engine);
  engine.dispatch(departures);
  return status !== NO_MEMORY && status !== TOO_LARGE;
}

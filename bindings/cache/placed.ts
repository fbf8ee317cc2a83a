// Sessions in a larger array, handed over without an object, a view or a copy for each: a million
// of them in one go would keep the garbage collector busy for as long as all the rest takes.

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
  TAGGED,
  TOO_LARGE,
  VICTIM,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { NO_TAGS } from '../session/extras.ts';
import { flagsFor, nextSerial } from '../session/state.ts';
import { addWithVictims, evictUnderLock } from './admission.ts';
import { type Departure, type Engine } from './engine.ts';

/**
 * Where a session lies in an array, and what is no bytes. One object serves many sessions, in turn.
 */
export class PlacedSession {
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
  /** Few sessions have any: these are arrays of their own, or views. */
  tags: readonly Uint8Array[] = NO_TAGS;
}

/** Says where an entry lies in the core's memory, until the next call of the core. */
export function placeEntry({ store }: Engine, at: number, session: PlacedSession): void {
  const meta = store.metaOf(at);
  session.idAt = at + RECORD_BYTES;
  session.idLength = (meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
  const context = store.contextAt(at);
  session.contextAt = context + RECORD_BYTES;
  session.contextLength = (store.metaOf(context) >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
  session.dataAt = DATA_AT;
  session.dataLength = meta & DATA_LENGTH_MASK;
  session.protocolVersion = store.versionOf(at);
  session.extendedMasterSecret = (meta & EXTENDED_MASTER_SECRET) !== 0;
  session.time = store.timeOf(at);
  session.timeout = store.timeoutOf(at);
  session.authTime = store.authTimeOf(at);
  session.tags = meta & TAGGED ? store.tagsOf(at) : NO_TAGS;
  store.core.decode(at);
  session.bytes = store.bytes;
}

/**
 * Adds a session, as `addSession` does, unless one of its id and version is cached. The array must
 * not be the core's memory.
 *
 * @returns whether it was added: there was none, and there was room.
 */
export function addPlaced(engine: Engine, session: PlacedSession): boolean {
  const { store } = engine.open();
  if (engine.locked) return false;
  const now = engine.now(); // the user's code
  engine.open();
  store.stageNow(now);
  const { bytes, dataAt, dataLength, idLength, tags, time } = session;
  let authTime = session.authTime < time ? session.authTime : time;
  // The absolute lifetime of a session from a clock that is ahead begins now.
  if (engine.bits === 0 && authTime > now) authTime = now;
  store.stageIdFrom(bytes, session.idAt, idLength);
  if (store.core.find(session.protocolVersion, idLength) !== 0) return false;
  store.stageData(bytes.subarray(dataAt, dataAt + dataLength), dataLength);
  store.recall();
  store.stageContextFrom(bytes, session.contextAt, session.contextLength);
  if (tags.length > 0) store.stageTags(tags);
  store.stageSeconds(ARGS.time, time);
  store.stageSeconds(ARGS.timeout, session.timeout);
  store.stageSeconds(ARGS.authTime, authTime);
  store.stageWord(ARGS.serial, nextSerial());
  store.stageWord(ARGS.version, session.protocolVersion);
  store.stageWord(ARGS.idLength, idLength);
  store.stageWord(ARGS.dataLength, dataLength);
  store.stageWord(ARGS.flags, flagsFor(idLength, session.extendedMasterSecret, false));
  store.stageWord(ARGS.tagCount, tags.length);
  store.stageWord(ARGS.replaced, 0);
  let status = store.core.addStaged(engine.notifies ? 1 : 0);
  if (status === ADDED && !engine.evictsStepwise) return true;
  const departures: Departure[] = [];
  if (status === VICTIM) status = addWithVictims(engine, dataLength, departures);
  if (status === ADDED && engine.evictsStepwise) evictUnderLock(engine);
  engine.dispatch(departures);
  return status !== NO_MEMORY && status !== TOO_LARGE;
}

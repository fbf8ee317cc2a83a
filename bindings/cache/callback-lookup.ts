// Asks the get callback and checks its answer: the second half of lookup_sess_in_cache.

import {
  ABSENT,
  ACCEPT_FOREIGN_ID,
  AHEAD_MAX,
  CB_HITS,
  EXTENDED_MASTER_SECRET,
  EXTMS_LOST,
  FOREIGN_ID,
  FUTURE,
  HIT,
  LEFT_EXPIRED,
  MISS,
  NO_CONTEXT,
  NOT_RESUMABLE,
  NOT_TO_BE_RESUMED,
  RESUME_UNRESUMABLE,
  STALE,
  UNRESUMABLE,
  VERSION,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { addIfRoom } from './add.ts';
import type { LookupCriteria } from './criteria.ts';
import { copyOf, describeOther, sameBytes, wrongType } from '../checks.ts';
import type { Engine, PendingGet } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { removeSession } from './remove.ts';
import {
  authTimeOf,
  cacheOf,
  entryOf,
  flagsOf,
  idOf,
  scopeOf,
  Session,
  tagsOf,
} from '../session/session.ts';
import type { Connection } from './types.ts';

export type GetResult = Session | undefined | null;

/** A lookup that the cache itself could not answer, with its id and connection. */
export class CallbackLookup {
  readonly engine: Engine;
  readonly id: Uint8Array;
  readonly connection: Connection | undefined;
  readonly criteria: LookupCriteria;
  /** Number of revocations when it began. */
  readonly revocations: number;
  /** The call of the get callback, which several lookups may share. */
  pendingGet: PendingGet | undefined;

  /** `id` and the context must be copies: the lookup keeps them. */
  constructor(
    engine: Engine,
    id: Uint8Array,
    connection: Connection | undefined,
    criteria: LookupCriteria,
  ) {
    this.engine = engine;
    this.id = id;
    this.connection = connection;
    this.criteria = criteria;
    this.revocations = engine.revocations.count;
    this.pendingGet = undefined;
  }

  /** Calls the get callback. */
  ask(): GetResult | Promise<GetResult> {
    return this.engine.onGet?.(this.connection, copyOf(this.id));
  }

  /**
   * Accepts the answer of the get callback and tests it. Returns the session if it may be resumed.
   */
  conclude(found: GetResult, inward = true): Session | undefined {
    const taken = this.accept(found, inward);
    return taken && this.resume(taken);
  }

  /**
   * Accepts the answer of the get callback without testing it, and adds it if `inward`: the end of
   * lookup_sess_in_cache.
   */
  accept(found: GetResult, inward = true): Session | undefined {
    const { engine } = this;
    if (engine.isClosed) return undefined;
    const { core } = engine.memory;
    if (found === undefined || found === null) {
      core.count(MISS + ABSENT);
      return undefined;
    }
    if (!(found instanceof Session)) {
      wrongType(
        'get callback result',
        'Session or undefined',
        found,
        describeOther(found, Session),
      );
    }
    const cause = this.#refuses(found);
    if (engine.isClosed) return undefined; // the clock is code of the user
    if (cause !== undefined) {
      core.count(MISS + cause);
      return undefined;
    }
    if (this.#hasEnded(found)) {
      core.count(MISS + UNRESUMABLE);
      return undefined;
    }
    core.count(CB_HITS);
    if (inward && !engine.has(SessionCacheMode.NO_INTERNAL_STORE)) addIfRoom(engine, found);
    return engine.isClosed ? undefined : found;
  }

  /** Tests a session, and removes it if it is expired. */
  private resume(found: Session): Session | undefined {
    const result = this.checkResumable(found);
    if (result === STALE) removeSession(this.engine, found, LEFT_EXPIRED);
    refuseFatal(result);
    return result === HIT ? found : undefined;
  }

  /** Whether a session was removed or revoked after the get callback was called. */
  #hasEnded(found: Session): boolean {
    const { engine, pendingGet } = this;
    if (pendingGet?.isRemoved || engine.external?.isRemoved(found)) return true;
    const { revocations } = pendingGet ?? this;
    return engine.revocations.since(revocations, tagsOf(found), found);
  }

  /** Why a session of the get callback is refused without a test; undefined if it is not. */
  #refuses(found: Session): number | undefined {
    entryOf(found);
    if (flagsOf(found) & NOT_RESUMABLE) return UNRESUMABLE;
    if (this.engine.hasQuirk(ACCEPT_FOREIGN_ID)) return undefined;
    if (scopeOf(found).version !== this.criteria.version) return VERSION;
    if (!sameBytes(idOf(found), this.id)) return FOREIGN_ID;
    return found.time > this.engine.now() + AHEAD_MAX ? FUTURE : undefined;
  }

  /** The tests of ssl_get_prev_session, counted. */
  checkResumable(found: Session): number {
    const { engine } = this;
    const { version, context, flags } = this.criteria;
    const { memory } = engine;
    memory.stageNow(engine.now());
    memory.stageContext(context);
    const at = entryOf(found);
    if (at && cacheOf(found) === engine) {
      return memory.core.checkEntry(at, version, flags);
    }
    const marks = flagsOf(found);
    if (marks & NOT_RESUMABLE && !engine.hasQuirk(RESUME_UNRESUMABLE)) {
      memory.core.count(MISS + UNRESUMABLE);
      return NOT_TO_BE_RESUMED;
    }
    memory.stageSeconds(ARGS.time, found.time);
    memory.stageSeconds(ARGS.timeout, found.timeout);
    memory.stageSeconds(ARGS.authTime, authTimeOf(found));
    const scope = scopeOf(found);
    memory.stageWord(ARGS.version, scope.version);
    return memory.core.checkForeign(
      Number(scope.version === version),
      Number(sameBytes(scope.context, context)),
      Number((marks & EXTENDED_MASTER_SECRET) !== 0),
      flags,
    );
  }
}

/** Throws where OpenSSL ends the connection. */
export function refuseFatal(result: number): void {
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

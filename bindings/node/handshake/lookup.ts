// Answers a client that offers a session: finds the session, checks it and passes it to Node; or
// passes nothing, for a full handshake.

import { performance } from 'node:perf_hooks';
import { authTimeOf, bytesInPlaceOf, type ExternalCache, internalsOf, tagsOf } from '../../cache/internal.ts'; // prettier-ignore
import type { Seconds } from '../../checks.ts';
import { hostClock, isReplaced } from '../../clock.ts';
import type { StoreAnswer } from '../../external/answer.ts';
import { Session, type SessionCache, SessionCacheMode } from '../../index.ts';
import { TLS1_3 } from '../../protocol.ts';
import { peekOrNothing } from '../../tls/session-peek.ts';
import type { NodeHost } from '../host.ts';
import type { CacheMissCause, NodeMissCause } from '../stats.ts';
import { warnAboutSni } from '../warnings.ts';
import { rejectionReason } from './checks.ts';
import type { ServerConnection } from './connection.ts';
import { type LookupPlan, planLookup } from './lookup-plan.ts';

/** Node's callback. A second call or an error kills the connection. */
export type Resume = (error: null, data: Buffer | null) => void;

/** The connection as the cache's callbacks receive it. */
interface LookupConnection {
  protocolVersion: number;
  sessionIdContext: Uint8Array;
  servername: string | undefined;
  /** Whether the session may be resumed only once. */
  singleUse: boolean;
  /** When the connection was accepted, ms since the epoch. */
  acceptedAt: number;
  /** Receives the reason why a store gave nothing. */
  answer?: StoreAnswer;
}

/** Answers one `resumeSession` event: exactly once, and never with an error. */
export function resume(
  host: NodeHost,
  connection: ServerConnection | undefined,
  id: Uint8Array,
  answer: Resume,
): void {
  const { stats } = host;
  if (connection?.isAnsweredElsewhere) {
    host.noteSkip(connection, 'listeners'); // a second answer kills the connection
    return;
  }
  const start = performance.now();
  connection?.trace?.asksFor(id);
  let found: Buffer | null | Promise<Buffer | null> = null;
  try {
    found = find(host, connection, id);
  } catch (error) {
    host.noteMiss(connection, 'error');
    host.report(error);
  }
  stats.time.lookups += (performance.now() - start) * 1000;
  if (found instanceof Promise) {
    answerInTime(host, connection, found, answer);
  } else {
    finish(found, answer);
  }
}

/** Answers Node, and overwrites the bytes: Node has copied them by then. */
function finish(data: Buffer | null, answer: Resume): void {
  try {
    answer(null, data);
  } finally {
    data?.fill(0);
  }
}

function answerInTime(
  host: NodeHost,
  connection: ServerConnection | undefined,
  found: Promise<Buffer | null>,
  answer: Resume,
): void {
  const { stats } = host;
  let waiting = true;
  stats.pending.lookups++;
  const end = (data: Buffer | null): void => {
    if (!waiting) {
      data?.fill(0);
      return;
    }
    waiting = false;
    host.deadlines.end(giveUp);
    host.waiting.delete(giveUp);
    stats.pending.lookups--;
    finish(data, answer);
  };
  const giveUp = (): void => {
    host.noteMiss(connection, 'late');
    end(null);
  };
  host.deadlines.start(giveUp);
  host.waiting.add(giveUp);
  found.then(end, (error: unknown) => {
    if (waiting) host.noteMiss(connection, 'error');
    host.report(error);
    end(null);
  });
}

function find(
  host: NodeHost,
  connection: ServerConnection | undefined,
  id: Uint8Array,
): Buffer | null | Promise<Buffer | null> {
  const { cache } = host;
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) {
    host.noteSkip(connection, 'cacheOff');
    return null;
  }
  if (connection === undefined) {
    host.noteSkip(connection, 'unread'); // it bypasses the cache, so its policy is unknown
    return null;
  }
  if (!host.isCurrent(connection)) {
    host.noteSkip(connection, 'policy');
    return null;
  }
  const plan = planLookup(connection, id, host.settings.tls13, host.reads);
  if (typeof plan === 'string') {
    host.noteSkip(connection, plan);
    return null;
  }
  const name = host.nameOf(connection);
  if (connection.policy.asksFor(name)) return findChosen(host, connection, plan, name!);
  return findPlanned(host, connection, plan);
}

/**
 * Waits for the context that the program's SNICallback chooses: it decides which sessions match.
 */
function findChosen(
  host: NodeHost,
  connection: ServerConnection,
  plan: LookupPlan,
  name: string,
): Buffer | null | Promise<Buffer | null> {
  const choice = connection.choose(connection.policy.sniCallback!, name);
  const go = (): Buffer | null | Promise<Buffer | null> => {
    if (choice.error === null) return findPlanned(host, connection, plan);
    host.noteMiss(connection, 'absent'); // Node hears of it next, and ends the connection
    return null;
  };
  if (choice.isSettled) return go();
  return new Promise<void>((resolve) => {
    choice.tell(() => resolve());
  }).then(go);
}

function findPlanned(
  host: NodeHost,
  connection: ServerConnection,
  plan: LookupPlan,
): Buffer | null | Promise<Buffer | null> {
  const { cache, internals } = host;
  const { external } = internals;
  const once = plan.versions[0] === TLS1_3 && !host.settings.reuse;
  if (external && once) {
    // The cache's own copy proves nothing: another process may have used its copy.
    if (external.takes) return takeOutside(host, external, connection, plan);
    if (!hasInside(cache, { ...plan, versions: [TLS1_3] })) {
      const older = olderIn(plan);
      if (older !== undefined) return findPlanned(host, connection, older);
      host.noteMiss(connection, 'absent');
      return null;
    }
  } else if (asksOutside(cache, plan)) {
    return findOutside(host, connection, plan);
  }
  let cause: NodeMissCause = 'absent';
  for (const version of plan.versions) {
    const context = contextOf(host, connection, version);
    const found = internals.lookUp(plan.id, context);
    if (found instanceof Session) return serve(host, connection, plan, found, 'view');
    // Of the results for several versions, the one with a session is the most specific.
    if (found !== undefined && found !== 'absent') cause = found as CacheMissCause;
  }
  host.noteMiss(connection, cause);
  if (cause === 'context' && connection.policy.asksFor(host.nameOf(connection))) warnAboutSni(host);
  return null;
}

/** The plan for versions before TLS 1.3 only; undefined if it has none. */
function olderIn({ id, versions }: LookupPlan): LookupPlan | undefined {
  const older = versions.filter((version) => version !== TLS1_3);
  return older.length === 0 ? undefined : { id, versions: older };
}

/** Whether the get callback may be asked; it may return a promise. */
function asksOutside(cache: SessionCache, plan: LookupPlan): boolean {
  return cache.getGetSessionCallback() !== undefined && !hasInside(cache, plan);
}

/** Whether the mode lets the cache search itself, and it has the session. */
function hasInside(cache: SessionCache, plan: LookupPlan): boolean {
  if (cache.getSessionCacheMode() & SessionCacheMode.NO_INTERNAL_LOOKUP) return false;
  return plan.versions.some((version) => cache.hasMatchingSessionId(plan.id, version));
}

async function findOutside(
  host: NodeHost,
  connection: ServerConnection,
  plan: LookupPlan,
): Promise<Buffer | null> {
  connection.trace?.asksStore();
  // All versions at once, so that a server with several versions does not wait longer.
  const asked = plan.versions.map((version) => contextOf(host, connection, version));
  const found = await Promise.all(
    asked.map((each) => host.cache.resumeSessionAsync(plan.id, each)),
  );
  const session = found.find((each) => each !== undefined);
  if (session) return serve(host, connection, plan, session, 'given');
  noteOutsideMiss(host, connection, asked);
  return null;
}

/** Counts a lookup that found nothing in a store, by the reason that the store gave. */
function noteOutsideMiss(
  host: NodeHost,
  connection: ServerConnection,
  asked: readonly LookupConnection[],
): void {
  const answer = asked.map((each) => each.answer).find((each) => each !== undefined);
  if (answer?.miss !== undefined) connection.trace?.noteStore(answer.miss);
  host.noteMiss(connection, answer?.refusal ?? 'absent');
}

/** Takes a single-use session from a store that gives it to one process only. */
async function takeOutside(
  host: NodeHost,
  external: ExternalCache,
  connection: ServerConnection,
  plan: LookupPlan,
): Promise<Buffer | null> {
  connection.trace?.asksStore();
  const asked = contextOf(host, connection, TLS1_3);
  const session = await external.take(plan.id, asked);
  if (session === undefined) {
    const older = olderIn(plan);
    if (older !== undefined) return findPlanned(host, connection, older);
    noteOutsideMiss(host, connection, [asked]);
    return null;
  }
  try {
    return serve(host, connection, plan, session, 'taken');
  } finally {
    bytesInPlaceOf(session).fill(0);
  }
}

/** The connection as the cache and its callbacks receive it. */
export function contextOf(
  host: NodeHost,
  connection: ServerConnection,
  protocolVersion: number,
): LookupConnection {
  const { policy, choice, acceptedAt } = connection;
  const servername = host.nameOf(connection);
  const chosen = policy.asksFor(servername) ? choice?.native : undefined;
  const sessionIdContext = policy.contextFor(servername, chosen);
  const singleUse = protocolVersion === TLS1_3 && !host.settings.reuse;
  return { protocolVersion, sessionIdContext, servername, singleUse, acceptedAt };
}

/**
 * The origin of a session: a view of the cache; a handle from a get callback, which may belong to
 * the program; or taken from a store, so that no other copy exists.
 */
type Source = 'view' | 'given' | 'taken';

/** Checks the bytes themselves and copies them out. */
function serve(
  host: NodeHost,
  connection: ServerConnection,
  plan: LookupPlan,
  session: Session,
  source: Source,
): Buffer | null {
  const { cache, settings } = host;
  const { protocolVersion: version } = session;
  const { policy } = connection;
  const taken = source === 'taken';
  // A view: good only until the next call on the cache.
  const data = Buffer.from(bytesInPlaceOf(session));
  const origin = { authTime: authTimeOf(session), tags: tagsOf(session) };
  const now = Math.floor(hostClock() / 1000);
  const peek = peekOrNothing(data);
  const rejection = rejectionReason(data, peek, {
    id: plan.id,
    version,
    context: policy.sessionIdContext,
    requestCert: policy.requestCert,
    rejectUnauthorized: policy.rejectUnauthorized,
    now,
  });
  const flaw = rejection ?? (hasOutlived(session, peek?.time, now) ? 'expired' : undefined);
  const isCurrent = host.isCurrent(connection); // unless it has changed during the wait
  const isRevoked = host.isRevoked(connection, origin.tags);
  const spent = version === TLS1_3 && !settings.reuse && !taken;
  // Simultaneous lookups of one id in a store all got this handle.
  if (spent && !session.isResumable) {
    host.noteMiss(connection, 'absent');
    data.fill(0);
    return null;
  }
  let isLost = false;
  if (((flaw !== undefined || isRevoked) && !taken) || spent) {
    const removed = removeEverywhere(cache, session);
    // If threads share the cache, another one may have resumed it meanwhile.
    isLost = spent && !removed && source === 'view';
    // A view that is removed gets a copy of its bytes, for a remove callback.
    if (source === 'view' && !cache.getRemoveSessionCallback()) session.data.fill(0);
  }
  const cause =
    flaw ?? (isRevoked ? 'revoked' : !isCurrent ? 'policy' : isLost ? 'absent' : undefined);
  if (cause !== undefined) {
    host.noteMiss(connection, cause);
    data.fill(0);
    return null;
  }
  connection.origin = origin;
  if (spent || taken) connection.trace?.spends(plan.id);
  host.noteHit(connection);
  connection.sessions.push({ id: plan.id, version });
  return data;
}

/**
 * Whether a session has outlived its timeout by the host's own clock, where a test tool has
 * replaced `Date`. Elsewhere the cache has checked that.
 */
function hasOutlived(session: Session, time: Seconds | undefined, now: number): boolean {
  return isReplaced() && now - Number(time ?? now) > Number(session.timeout);
}

/** Removes a session, also from the store that the get callback got it from. */
export function removeEverywhere(cache: SessionCache, session: Session): boolean {
  if (cache.removeSession(session)) return true;
  internalsOf(cache).tellRemoved(session);
  return false;
}

// A client offers a session: find it, check it, hand it to Node; or nothing, and Node goes on with
// a full handshake.

import { performance } from 'node:perf_hooks';
import { authTimeOf, bytesInPlaceOf, type ExternalCache, internalsOf, tagsOf } from '../cache/internal.ts'; // prettier-ignore
import type { Seconds } from '../checks.ts';
import { hostClock, isReplaced } from '../clock.ts';
import type { StoreAnswer } from '../external/answer.ts';
import { Session, type SessionCache, SessionCacheMode } from '../index.ts';
import { rejectionReason } from './checks.ts';
import { peekOrNothing } from '../tls/session-peek.ts';
import type { ServerConnection } from './connection.ts';
import type { NodeHost } from './host.ts';
import { type LookupPlan, planLookup } from './lookup-plan.ts';
import type { CacheMissCause, NodeMissCause } from './stats.ts';
import { warnAboutSni } from './warnings.ts';
import { TLS1_3 } from '../protocol.ts';

/** Node's callback. A second call kills the connection, an error too. */
export type Resume = (error: null, data: Buffer | null) => void;

/** What the cache's callbacks get as their connection. */
interface LookupConnection {
  protocolVersion: number;
  sessionIdContext: Uint8Array;
  servername: string | undefined;
  /** The session may be resumed once only. */
  singleUse: boolean;
  /** When the connection was accepted, ms since the epoch. */
  acceptedAt: number;
  /** Where a store puts why it gave nothing. */
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

/** Node copies the session at once, so that no copy with its secrets needs to stay behind. */
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
    host.noteSkip(connection, 'unread'); // it passed us by: what it runs under is not known
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
 * Waits for the context that the program's SNICallback chooses, which says whose sessions count.
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
    // The cache's own copy proves nothing where other processes may have used theirs.
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
    // Of several versions, the one that has a session says more than those that have none.
    if (found !== undefined && found !== 'absent') cause = found as CacheMissCause;
  }
  host.noteMiss(connection, cause);
  if (cause === 'context' && connection.policy.asksFor(host.nameOf(connection))) warnAboutSni(host);
  return null;
}

/** The same for the versions before TLS 1.3; undefined: there are none in the plan. */
function olderIn({ id, versions }: LookupPlan): LookupPlan | undefined {
  const older = versions.filter((version) => version !== TLS1_3);
  return older.length === 0 ? undefined : { id, versions: older };
}

/** Whether the get callback may be asked, which may answer with a promise. */
function asksOutside(cache: SessionCache, plan: LookupPlan): boolean {
  return cache.getGetSessionCallback() !== undefined && !hasInside(cache, plan);
}

/** Whether the cache looks in itself, and finds something. */
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
  // All versions at once: a server that speaks several is to wait no longer than others.
  const asked = plan.versions.map((version) => contextOf(host, connection, version));
  const found = await Promise.all(
    asked.map((each) => host.cache.resumeSessionAsync(plan.id, each)),
  );
  const session = found.find((each) => each !== undefined);
  if (session) return serve(host, connection, plan, session, 'given');
  noteOutsideMiss(host, connection, asked);
  return null;
}

/**
 * Counts a lookup in a store that found nothing, as what the store has left with the question says.
 */
function noteOutsideMiss(
  host: NodeHost,
  connection: ServerConnection,
  asked: readonly LookupConnection[],
): void {
  const answer = asked.map((each) => each.answer).find((each) => each !== undefined);
  if (answer?.miss !== undefined) connection.trace?.noteStore(answer.miss);
  host.noteMiss(connection, answer?.refusal ?? 'absent');
}

/** A session for a single use, from a store that gives it to one process only. */
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

/** What the cache and its callbacks are told of a connection. */
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
 * Where a session was found: a view of the cache, a handle that a get callback gave, which may be
 * the program's, or taken out of a store, so that it is nowhere else any more.
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
  const isCurrent = host.isCurrent(connection); // or it changed while we waited
  const isRevoked = host.isRevoked(connection, origin.tags);
  const spent = version === TLS1_3 && !settings.reuse && !taken;
  // Lookups of one id that waited for a store together were all given this handle.
  if (spent && !session.isResumable) {
    host.noteMiss(connection, 'absent');
    data.fill(0);
    return null;
  }
  let isLost = false;
  if (((flaw !== undefined || isRevoked) && !taken) || spent) {
    const removed = removeEverywhere(cache, session);
    // Where threads share the cache, another may have resumed it meanwhile.
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
 * Whether a session is older than its time by the host's own clock, though not by a `Date` that a
 * test tool holds back. Elsewhere the cache has seen to it.
 */
function hasOutlived(session: Session, time: Seconds | undefined, now: number): boolean {
  return isReplaced() && now - Number(time ?? now) > Number(session.timeout);
}

/** Removes a session, also from where the get callback had it. */
export function removeEverywhere(cache: SessionCache, session: Session): boolean {
  if (cache.removeSession(session)) return true;
  internalsOf(cache).tellRemoved(session);
  return false;
}

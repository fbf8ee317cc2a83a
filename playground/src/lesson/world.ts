// A small world for a lesson: a server, its cache, a store that servers share, and a few clients.
// What is shown comes from a real SessionCache: whether a handshake is resumed, why not, and every
// counter.

import { Session, SessionCache } from 'sesscache';
import type { MissCause, SessionCacheStats } from 'sesscache';
import { makeDER, TLS12 } from '../lab/der.ts';
import { shortId } from '../lab/hex.ts';
import { MISS_TERMS } from '../lab/terms.ts';

export type Actor = 'client' | 'server' | 'cache' | 'store';

/** One line of the picture: a message from one to another, or time and events between them. */
export type Line =
  | { kind: 'message'; from: Actor; to: Actor; text: string; isHit?: boolean }
  | { kind: 'event'; text: string };

export interface Scene {
  readonly lines: Line[];
  readonly isResumed: boolean;
  /** Why, in a sentence. */
  readonly reason: string;
}

export interface Row {
  readonly id: string;
  readonly owner: string;
  readonly context: string;
  /** Seconds. */
  readonly left: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const BEGIN = 1_800_000_000; // any second will do: the same picture each time

export class World {
  readonly cache: SessionCache;
  now = BEGIN;
  readonly #held = new Map<string, Session>();
  readonly #store = new Map<string, Session>();
  #lines: Line[] = [];
  #serial = 0;

  constructor(size: number, timeout: number) {
    this.cache = new SessionCache({ size, timeout, now: () => this.now });
  }

  /** A client that has been here before: it and the cache have its session. */
  visited(owner: string, context: string, ago: number): void {
    const session = this.#make(owner, context, this.now - ago);
    this.cache.addSession(session);
    this.#held.set(owner, session);
  }

  /**
   * A client that was at another server of the same service, which left its session in the store.
   */
  visitedElsewhere(owner: string, context: string): void {
    const session = this.#make(owner, context, this.now - 20);
    this.#held.set(owner, session);
    this.#store.set(shortId(session.id), session);
    this.cache.setGetSessionCallback((_, id) => {
      const found = this.#store.get(shortId(id));
      this.#message('cache', 'store', `get ${shortId(id)}`);
      this.#message('store', 'cache', found ? 'the session' : 'nothing', found !== undefined);
      return found;
    });
  }

  event(text: string, seconds = 0): void {
    this.now += seconds;
    this.#lines.push({ kind: 'event', text });
  }

  /** One handshake; the scene holds all lines since the last. */
  connect(owner: string, context: string): Scene {
    const { cache } = this;
    const offered = this.#held.get(owner);
    const connection = { protocolVersion: TLS12, sessionIdContext: encoder.encode(context) };
    const offer = offered ? `offers ${shortId(offered.id)}` : 'offers nothing';
    this.#message('client', 'server', `ClientHello, ${offer}`);
    cache.startHandshake('server');
    const before = cache.stats();
    let found: Session | undefined;
    if (offered) {
      this.#message('server', 'cache', `look up ${shortId(offered.id)}`);
      found = cache.resumeSession(offered.id, connection);
    }
    const cause = found ? undefined : causeOf(before, cache.stats());
    if (offered) this.#message('cache', 'server', found ? 'found' : `no: ${cause ?? 'absent'}`, found !== undefined); // prettier-ignore
    if (found) {
      this.#message('server', 'client', 'ServerHello, Finished');
      this.#message('client', 'server', 'Finished');
      cache.finishHandshake('server', found, { resumed: true, connection });
      this.#held.set(owner, found);
    } else {
      this.#message('server', 'client', 'ServerHello, certificate, key');
      this.#message('client', 'server', 'key, Finished');
      this.#message('server', 'client', 'Finished');
      const session = this.#make(owner, context, this.now);
      cache.finishHandshake('server', session, { connection });
      this.#message('server', 'cache', `keep ${shortId(session.id)}`);
      this.#held.set(owner, session);
    }
    const isOfStore = cache.stats().cbHits > before.cbHits;
    const lines = this.#lines;
    this.#lines = [];
    return { lines, isResumed: found !== undefined, reason: reasonOf(offered, cause, isOfStore) };
  }

  rows(): Row[] {
    return Array.from(this.cache, (session) => ({
      id: shortId(session.id),
      owner: session.tags.map((tag) => decoder.decode(tag)).join(),
      context: decoder.decode(session.sessionIdContext),
      left: Number(session.time) + Number(session.timeout) - this.now,
    }));
  }

  #message(from: Actor, to: Actor, text: string, isHit = false): void {
    this.#lines.push({ kind: 'message', from, to, text, isHit });
  }

  #make(owner: string, context: string, time: number): Session {
    const id = new Uint8Array(32);
    // Not random: a lesson looks the same for everyone.
    id.set(encoder.encode(`${owner}${++this.#serial}`).map((byte) => byte ^ 0xa5));
    const sessionIdContext = encoder.encode(context);
    const timeout = Number(this.cache.getTimeout());
    const made = { id, protocolVersion: TLS12, sessionIdContext, time, timeout };
    return new Session({ ...made, data: makeDER(made), tags: [owner] });
  }
}

function causeOf(before: SessionCacheStats, after: SessionCacheStats): MissCause | undefined {
  const causes = Object.keys(after.missCauses) as MissCause[];
  return causes.find((cause) => after.missCauses[cause] > before.missCauses[cause]);
}

function reasonOf(
  offered: Session | undefined,
  cause: MissCause | undefined,
  isOfStore: boolean,
): string {
  if (offered === undefined) return 'The client has no session to offer.';
  if (isOfStore) return 'The store has the session, and it fits this connection.';
  if (cause === undefined)
    return 'The session is there, has not expired, and fits this connection.';
  return `The client offered a session, but ${MISS_TERMS[cause]} (${cause}).`;
}

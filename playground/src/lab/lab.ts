// The laboratory: one cache, its clock, its clients, and a record of all that happens. The views
// read `tick` to be drawn again, and everything else from the cache itself.

import { signal } from '@preact/signals';
import { Session, SessionCache, SessionCacheMode } from 'sesscache';
import type { MissCause, Profile } from 'sesscache';
import { Clients } from './clients.ts';
import type { Client } from './clients.ts';
import { Clock } from './clock.ts';
import { makeDER, TLS13 } from './der.ts';
import type { Operation } from './explain.ts';
import { shortId } from './hex.ts';
import { History } from './history.ts';
import { Log } from './log.ts';
import type { LogEntry } from './log.ts';
import { MISS_TERMS } from './terms.ts';

export const CONTEXTS = ['shop', 'mail'] as const;
export type ContextName = (typeof CONTEXTS)[number];

const encoder = new TextEncoder();

interface LastOperation {
  readonly operation: Operation;
  /** What it came to, in a sentence. */
  readonly outcome: string;
}

export class Lab {
  readonly clock = new Clock();
  readonly log = new Log();
  readonly clients = new Clients();
  readonly history = new History();
  /** Counts up with every change, at most once a frame. */
  readonly tick = signal(0);
  readonly last = signal<LastOperation>({
    operation: 'start',
    outcome: 'Nothing has happened yet.',
  });
  readonly profile = signal<Profile>('manual');
  readonly context = signal<ContextName>(CONTEXTS[0]);
  cache: SessionCache;
  /** Callbacks are written to the log; a fast stream writes only a summary. */
  #quiet = false;
  /** A frame is asked for. */
  #isDue = false;

  constructor() {
    this.clients.resize(40);
    this.cache = this.#makeCache('manual', {
      size: 48,
      timeout: 120,
      mode: SessionCacheMode.SERVER,
    });
  }

  addSession(options: { protocolVersion: number; timeout: number; tag: string }): void {
    const id = this.cache.generateSessionId();
    const made = { ...options, id, time: this.clock.now(), sessionIdContext: this.#contextBytes() };
    const tags = options.tag === '' ? [] : [options.tag];
    const session = new Session({ ...made, tags, data: makeDER(made) });
    this.#call('add', `addSession(${shortId(id)})`, () => {
      const added = this.cache.addSession(session);
      return [String(added), added ? 'Added.' : 'Not added: it is cached already.'];
    });
  }

  resume(session: Session): void {
    const { id, protocolVersion } = session;
    this.#call('resume', `resumeSession(${shortId(id)})`, () => {
      const before: Record<string, number> = this.cache.stats().missCauses;
      const sessionIdContext = this.#contextBytes();
      const found = this.cache.resumeSession(id, { protocolVersion, sessionIdContext });
      if (found) return [shortId(id), 'Resumed: an abbreviated handshake.'];
      const causes = Object.entries(this.cache.stats().missCauses);
      const cause = causes.find(([name, count]) => count > (before[name] as number))?.[0];
      const why =
        cause === undefined ? 'the mode says not to look' : MISS_TERMS[cause as MissCause];
      return ['undefined', `A full handshake: ${why}.`];
    });
  }

  /** Makes a session look older than its timeout. */
  expire(session: Session): void {
    const time = this.clock.now() - Number(session.timeout) - 1;
    this.#call('expire', `setTime(${shortId(session.id)}, now − timeout − 1)`, () => [
      String(session.setTime(time)),
      'It has expired, and is the first to leave.',
    ]);
  }

  remove(session: Session): void {
    this.#call('remove', `removeSession(${shortId(session.id)})`, () => [
      String(this.cache.removeSession(session)),
      'Removed, and never resumable again.',
    ]);
  }

  revoke(tag: string): void {
    this.#call('revoke', `revoke({ tag: '${tag}' })`, () => {
      const count = this.cache.revoke({ tag });
      return [String(count), `${many(count)} dropped.`];
    });
  }

  flush(): void {
    this.#call('flush', 'flushSessions()', () => {
      const count = this.cache.flushSessions();
      return [String(count), `${many(count)} had expired and left.`];
    });
  }

  clear(): void {
    this.#call('clear', 'flushSessions(0)', () => {
      const count = this.cache.flushSessions(0);
      return [String(count), `${many(count)} removed and wiped.`];
    });
  }

  advance(seconds: number): void {
    this.clock.advance(seconds);
    this.log.write(this.clock.now(), 'clock', `${seconds} seconds pass`);
    this.#done('advance', `It is ${seconds} seconds later.`);
  }

  setMode(mode: number): void {
    this.#call('mode', `setSessionCacheMode(${hex(mode)})`, () => {
      const previous = hex(this.cache.setSessionCacheMode(mode));
      return [previous, `The mode was ${previous}.`];
    });
  }

  setSize(size: number): void {
    this.#call('size', `setCacheSize(${size})`, () => {
      const previous = this.cache.setCacheSize(size);
      return [String(previous), `The size was ${previous}.`];
    });
  }

  setTimeout(seconds: number): void {
    this.#call('timeout', `setTimeout(${seconds})`, () => {
      const previous = this.cache.setTimeout(seconds);
      return [String(previous), `The timeout was ${previous} s.`];
    });
  }

  setContext(name: ContextName): void {
    this.context.value = name;
    this.#call('context', `setSessionIdContext('${name}')`, () => {
      this.cache.setSessionIdContext(this.#contextBytes());
      return ['', `Connections now reach ${name}.`];
    });
  }

  /** The cache cannot change its profile: it is made anew with the same settings, and empty. */
  setProfile(profile: Profile): void {
    const settings = {
      size: this.cache.getCacheSize(),
      timeout: Number(this.cache.getTimeout()),
      mode: this.cache.getSessionCacheMode(),
    };
    this.cache.close();
    this.clients.forget();
    this.history.clear();
    this.profile.value = profile;
    this.#call('profile', `new SessionCache({ profile: '${profile}' })`, () => {
      this.cache = this.#makeCache(profile, settings);
      return ['', 'A new cache, and empty.'];
    });
  }

  /** `count` clients connect, one after the other. More than a few are logged as one line. */
  handshakes(count: number): void {
    this.#quiet = count > 3;
    let resumed = 0;
    for (let i = 0; i < count; i++) {
      const client = this.clients.pick();
      const entry = this.#quiet ? undefined : this.#write('call', `handshake of ${client.name}`);
      const found = this.#handshake(client);
      if (found) resumed++;
      if (entry) entry.result = found ? 'resumed' : 'full';
    }
    if (this.#quiet) this.#write('call', `${count} handshakes`, `${resumed} resumed`);
    this.#quiet = false;
    const { hits, acceptGood } = this.cache.stats();
    const all = acceptGood.toLocaleString('en');
    this.#done('handshake', `${hits.toLocaleString('en')} of ${all} handshakes resumed so far.`);
  }

  /** Returns whether a session was resumed. */
  #handshake(client: Client): boolean {
    const { cache } = this;
    const connection = {
      protocolVersion: client.protocolVersion,
      sessionIdContext: this.#contextBytes(),
    };
    cache.startHandshake('server');
    const found = client.offers && cache.resumeSession(client.offers, connection);
    if (found) cache.finishHandshake('server', found, { resumed: true, connection });
    // RFC 8446 C.4: a TLS 1.3 session is used once, so its connection brings the next one.
    if (found && client.protocolVersion === TLS13) cache.removeSession(found);
    if (!found || client.protocolVersion === TLS13) {
      const session = this.#makeSession(client, connection);
      client.offers = session.id;
      cache.finishHandshake('server', session, { connection, further: found !== undefined });
    }
    return found !== undefined;
  }

  #makeSession(client: Client, connection: object): Session {
    const id = this.cache.generateSessionId(connection);
    const time = this.clock.now();
    const timeout = Number(this.cache.getTimeout());
    const { protocolVersion } = client;
    const sessionIdContext = this.#contextBytes();
    const data = makeDER({ id, protocolVersion, sessionIdContext, time, timeout });
    return this.cache.createSession({ connection, id, data, tags: [client.tag] });
  }

  #makeCache(
    profile: Profile,
    settings: { size: number; timeout: number; mode: number },
  ): SessionCache {
    const sessionIdContext = this.#contextBytes();
    const now = (): number => this.clock.now();
    const cache = new SessionCache({ profile, now, sessionIdContext, ...settings });
    cache.setNewSessionCallback((_, session) => {
      if (!this.#quiet) this.#write('callback', `newSession(${shortId(session.id)})`);
    });
    cache.setRemoveSessionCallback((_, session, cause) => {
      if (!this.#quiet) this.#write('callback', `removeSession(${shortId(session.id)})`, cause);
    });
    return cache;
  }

  #contextBytes(): Uint8Array {
    return encoder.encode(this.context.peek());
  }

  #call(operation: Operation, text: string, run: () => [result: string, outcome: string]): void {
    const entry = this.#write('call', text);
    const [result, outcome] = run();
    entry.result = result;
    this.#done(operation, outcome);
  }

  #write(kind: 'call' | 'callback', text: string, result = ''): LogEntry {
    return this.log.write(this.clock.now(), kind, text, result);
  }

  #done(operation: Operation, outcome: string): void {
    this.last.value = { operation, outcome };
    this.changed();
  }

  /** Has the views drawn with the next frame. */
  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.log.show();
      this.tick.value++;
    });
  }
}

function hex(mode: number): string {
  return `0x${mode.toString(16).padStart(3, '0')}`;
}

function many(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`;
}

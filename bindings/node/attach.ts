// Puts a SessionCache behind a server of Node, and takes it away again.

import { errorMonitor } from 'node:events';
import type { Duplex } from 'node:stream';
import { Server } from 'node:tls';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { engineOf } from '../cache/cache.ts';
import { checkObject, describe } from '../checks.ts';
import { Session, SessionCache } from '../index.ts';
import { Connection, StandIns } from './connection.ts';
import { AttachError } from './errors.ts';
import type { Hello } from './hello.ts';
import { Host } from './host.ts';
import { keep } from './keep.ts';
import { type Resume, resume } from './lookup.ts';
import { type AttachOptions, readOptions } from './options.ts';
import { type Failure, Reader } from './reader.ts';
import { revoke, revokeCrl, type RevokeOptions } from './revoke.ts';
import { handshakeTimeout, type TlsServer } from './server.ts';
import type { AttachStats } from './stats.ts';
import { warnAbout, warnAboutChange } from './warnings.ts';
import { completeOptions, watchContexts } from './watch.ts';

type Listener = (this: unknown, ...args: unknown[]) => void;

const attachedServers = new WeakSet<Server>();

/** Refuses what no cache can be attached to. */
export function checkServer(server: unknown): TlsServer {
  if (!(server instanceof Server)) {
    throw new TypeError(
      `"server" expected tls, https or secure http2 server, got ${describe(server)}`,
    );
  }
  if (attachedServers.has(server)) {
    throw new AttachError('ERR_SESSCACHE_ATTACHED', 'the server has a cache: detach that first');
  }
  if (server.listenerCount('resumeSession') > 0) {
    throw new AttachError(
      'ERR_SESSCACHE_LISTENERS',
      'the server has a "resumeSession" listener, and two answers kill a connection: remove it',
    );
  }
  return server as TlsServer;
}

export class Attachment {
  readonly #host: Host;
  readonly #standIns: StandIns;
  readonly #reader: Reader;
  /** Node's own listener, and ours in its place. */
  #accept: Listener;
  readonly #stopWatching: () => void;
  #attached = true;

  constructor(server: Server, cache: SessionCache, options: AttachOptions) {
    const settings = readOptions(options);
    if (!(cache instanceof SessionCache)) {
      throw new TypeError(`"cache" expected SessionCache, got ${describe(cache)}`);
    }
    const checked = checkServer(server);
    this.#accept = nodesListener(checked);
    this.#host = new Host(checked, cache, settings);
    const { scope } = this.#host;
    this.#reader = new Reader(this.#host.stats.time);
    this.#standIns = new StandIns(checked, (connection, type, args) => {
      if (type === 'secureConnection') this.#secured(connection, args[0] as TLSSocket);
      else if (type === 'tlsClientError') this.#failed(connection);
    });
    warnAbout(scope.policy, cache, settings);
    scope.onChange = (context, previous) => {
      this.#guard(() => warnAboutChange(context, previous, settings));
      this.#guard(() => revokeCrl(this.#host, checked.crl));
    };
    this.#stopWatching = watchContexts(scope, (error) => this.#host.report(error));
    attachedServers.add(server);
    replaceListener(checked, this.#accept, this.#onConnection as Listener);
    server.on('newSession', this.#onNewSession);
    server.on('resumeSession', this.#onResumeSession);
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    const { server, waiting } = this.#host;
    replaceListener(server, this.#onConnection as Listener, this.#accept);
    server.off('newSession', this.#onNewSession);
    server.off('resumeSession', this.#onResumeSession);
    this.#stopWatching();
    attachedServers.delete(server);
    this.#reader.release();
    for (const giveUp of waiting) giveUp();
  }

  revoke(what: TLSSocket | RevokeOptions): number {
    return revoke(this.#host, what);
  }

  setSecureContext(options: SecureContextOptions): void {
    checkObject(options, 'options');
    const { server } = this.#host;
    server.setSecureContext(completeOptions(server, options));
  }

  stats(): AttachStats {
    const stats = structuredClone(this.#host.stats);
    stats.pending.hellos = this.#reader.pending;
    return stats;
  }

  readonly #onConnection = (socket: Duplex): void => {
    const host = this.#host;
    if (socket.destroyed) return;
    this.#guard(() => host.cache.startHandshake('server'));
    if (host.reads) {
      const { server, settings } = host;
      const timeout = settings.handshakeTimeout ?? handshakeTimeout(server);
      this.#reader.read(socket, this.#reception, { timeout, most: settings.maxHelloBytes });
    } else {
      this.#handOver(socket, undefined);
    }
  };

  readonly #reception = {
    handOver: (socket: Duplex, hello: Hello | undefined): void => {
      if (hello) this.#host.stats.hellos.read++;
      else this.#host.stats.hellos.left++;
      this.#handOver(socket, hello);
    },
    fail: (socket: Duplex, failure: Failure, error: Error): void => {
      const { stats, server } = this.#host;
      if (failure === 'timeout') stats.hellos.timeouts++;
      else stats.hellos.lost++;
      stats.handshakes.failed++;
      // As Node does, who would not have had more of a TLS socket to show.
      server.emit('tlsClientError', error, socket as TLSSocket);
    },
  };

  #handOver(socket: Duplex, hello: Hello | undefined): void {
    const host = this.#host;
    let on: object = host.server;
    this.#guard(() => {
      // As of now: Node takes the server's secure context when it makes the TLS socket.
      const { policy } = host.scope;
      const { count } = engineOf(host.cache).revocations;
      on = this.#standIns.for(new Connection(host, hello, policy, count));
    });
    this.#accept.call(on, socket);
  }

  readonly #onNewSession = (id: Buffer, data: Buffer, done: () => void): void => {
    if (this.#attached) keep(this.#host, this.#standIns.current, id, data);
    // At once: a client of Node 20 to 24 may otherwise lose what the server sends it.
    done();
  };

  readonly #onResumeSession = (id: Buffer, answer: Resume): void => {
    resume(this.#host, this.#standIns.current, id, answer);
  };

  #secured(connection: Connection, socket: TLSSocket): void {
    const { stats, cache } = this.#host;
    connection.secured = true;
    this.#standIns.remember(connection, socket);
    // From here on the socket is its owner's, who may write to its server: node:http2 does.
    (socket as { server?: Server }).server = this.#host.server;
    const resumed = socket.isSessionReused();
    connection.isResumed = resumed;
    if (resumed && this.#isOtherName(connection, socket)) {
      stats.handshakes.failed++;
      this.#drop(connection);
      socket.destroy();
      return;
    }
    stats.handshakes[resumed ? 'resumed' : 'full']++;
    if (!connection.counted) {
      connection.counted = true;
      this.#guard(() => cache.finishHandshake('server', undefined, { resumed }));
    }
    if (connection.sessions.length === 0 || socket.getProtocol() === 'TLSv1.3') return;
    socket.once(errorMonitor as unknown as 'error', (error: NodeJS.ErrnoException) => {
      // Only what TLS itself complains of; a lost connection says nothing about the session.
      if (error.code?.startsWith('ERR_SSL_')) this.#drop(connection);
    });
  }

  /**
   * Whether the session of one name was resumed for another. OpenSSL takes what was loaded for the
   * first hello, and no such way is known that is not closed before: this is in case there is one.
   */
  #isOtherName(connection: Connection, socket: TLSSocket): boolean {
    const { servername } = socket as { servername?: string | false | null };
    const name = this.#host.nameOf(connection);
    return socket.getProtocol() === 'TLSv1.3' && name !== undefined && (servername || '') !== name;
  }

  #failed(connection: Connection): void {
    if (connection.secured) return;
    connection.secured = true;
    this.#host.stats.handshakes.failed++;
    this.#drop(connection);
  }

  /** RFC 5246 §7.2.2: the sessions of a failed connection must not be used again. */
  #drop(connection: Connection): void {
    const { cache, stats } = this.#host;
    for (const { id, version } of connection.sessions.splice(0)) {
      this.#guard(() => {
        // A store may have what the cache has not.
        if (!cache.hasMatchingSessionId(id, version) && !engineOf(cache).second) return;
        cache.abortSession(new Session({ id, protocolVersion: version }));
        stats.dropped++;
      });
    }
  }

  #guard(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      this.#host.report(error);
    }
  }
}

/** The listener that turns connections into TLS sockets: Node's own, which is the server's first. */
function nodesListener(server: TlsServer): Listener {
  const listeners = server.rawListeners('connection') as Listener[];
  const found = listeners.find(({ name }) => name === 'tlsConnectionListener') ?? listeners[0];
  if (found !== undefined) return found;
  throw new AttachError('ERR_SESSCACHE_NOT_TLS', 'the server has no listener for connections');
}

/** Puts `next` where `previous` is among the listeners for connections. */
function replaceListener(server: TlsServer, previous: Listener, next: Listener): void {
  const listeners = server.rawListeners('connection') as Listener[];
  server.removeAllListeners('connection');
  for (const listener of listeners)
    server.on('connection', listener === previous ? next : listener);
}

// Attaches a SessionCache to a server of Node, and detaches it.

import { EventEmitter } from 'node:events';
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import { describeOther, wrongType } from '../checks.ts';
import { Session, SessionCache } from '../index.ts';
import { TLS1_3 } from '../protocol.ts';
import { warn } from '../telemetry/warn.ts';
import { checkServer } from './check-server.ts';
import { canAnswer, ServerConnection, type ConnectionObserver, connectionOf, ServerConnections } from './handshake/connection.ts'; // prettier-ignore
import { type Resume, resume } from './handshake/lookup.ts';
import { Reader, TIMEOUT } from './handshake/reader.ts';
import { storeSession } from './handshake/store-session.ts';
import { NodeHost } from './host.ts';
import { type AttachOptions, readOptions } from './options.ts';
import { changeSecureContext, watchContexts } from './policy/watch.ts';
import { revoke, revokeCrl, type RevokeOptions } from './revoke.ts';
import {
  type BelowSocket,
  isSecure,
  isServerSide,
  type NodeTlsSocket,
  tlsOptionsOf,
} from './runtime/internals.ts';
import { observeNeighbours } from './runtime/neighbours.ts';
import { missingInRuntime } from './runtime/probe.ts';
import { observeSockets } from './runtime/tls-sockets.ts';
import type { AttachStats } from './stats.ts';
import { traceConnection, traceRemoval } from './trace.ts';
import { warnAbout, warnAboutChange } from './warnings.ts';

const UNREAD =
  'ClientHellos cannot be read in this runtime. Handshakes are full, except of TLS 1.2 with ' +
  '`servernames: false`. Please report the release of Node.';

/** Why connections may bypass the cache, and the remedy. */
const UPGRADED =
  'A TLS socket was made for the server with another secure context or other settings, so it has no ' +
  "cache and its handshake is full. Pass the connection to the server: `server.emit('connection', socket)`.";
const BESIDE =
  'Another server listens on the same port with the same request handler, but has no cache, so its ' +
  'handshakes are full. Frameworks create one server for each address of `localhost`. Listen on one ' +
  'address, or attach a cache wherever a server is created (`serverFactory` of fastify).';

const RIVALLED =
  'A "resumeSession" listener with a callback was added to the server. Node accepts one answer, so the ' +
  'cache no longer answers and resumes nothing. Remove the listener, or detach the cache.';

const RESUMED = { resumed: true };
const FULL = { resumed: false };

export class ServerAttachment implements ConnectionObserver {
  readonly #host: NodeHost;
  readonly #connections = new ServerConnections();
  readonly #reader: Reader;
  readonly #stopObserving: () => void;
  readonly #stopWatching: () => void;
  readonly #stopNeighbours: () => void;
  /** Whether this runtime lets hellos be read. */
  readonly #canRead = missingInRuntime() === undefined;
  /** No other `newSession` listener has been added since the cache was attached. */
  #isAlone: boolean;
  /** Another `resumeSession` listener has been added since. */
  #isRivalled = false;
  #attached = true;

  constructor(server: Server, cache: SessionCache, options: AttachOptions) {
    const settings = readOptions(options);
    if (!(cache instanceof SessionCache)) {
      wrongType('cache', 'SessionCache', cache, describeOther(cache, SessionCache));
    }
    const checked = checkServer(server);
    this.#host = new NodeHost(checked, cache, settings);
    const { tracker } = this.#host;
    this.#reader = new Reader(this.#host.stats, settings);
    warnAbout(tracker.policy, cache, settings);
    if (!this.#canRead && this.#host.reads) warn('SESSCACHE_NO_HELLO', UNREAD);
    tracker.onChange = (context, previous) => {
      this.#guard(() => warnAboutChange(context, previous, settings));
      this.#guard(() => revokeCrl(this.#host, checked.crl));
    };
    this.#stopWatching = watchContexts(
      tracker,
      (error) => this.#host.report(error),
      (crl) => revokeCrl(this.#host, crl),
    );
    this.#stopObserving = observeSockets(server, (socket, below) => {
      try {
        this.#onSocket(socket, below);
      } catch (error) {
        this.#host.report(error);
      }
    });
    this.#stopNeighbours = observeNeighbours(server, () => this.#passBy(BESIDE));
    this.#isAlone = server.listenerCount('newSession') === 0;
    this.#host.internals.onRejection.add(this.#onRejection);
    server.on('newListener', this.#onNewListener);
    server.on('newSession', this.#onNewSession);
    server.on('resumeSession', this.#onResumeSession);
    server.prependListener('secureConnection', this.#onSecureConnection);
    server.prependListener('tlsClientError', this.#onClientError);
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    const { server, waiting } = this.#host;
    this.#stopObserving();
    this.#stopNeighbours();
    server.off('newListener', this.#onNewListener);
    server.off('newSession', this.#onNewSession);
    server.off('resumeSession', this.#onResumeSession);
    server.off('secureConnection', this.#onSecureConnection);
    server.off('tlsClientError', this.#onClientError);
    this.#stopWatching();
    this.#reader.release();
    this.#host.internals.onRejection.delete(this.#onRejection);
    for (const giveUp of waiting) giveUp();
  }

  revoke(what: TLSSocket | RevokeOptions): number {
    const removed = revoke(this.#host, what);
    traceRemoval(this.#host, 'revoked', removed);
    return removed;
  }

  setSecureContext(options: SecureContextOptions): void {
    changeSecureContext(this.#host.server, options);
  }

  stats(): AttachStats {
    const stats = structuredClone(this.#host.stats);
    stats.pending.hellos = this.#reader.pending;
    const { thread } = this.#host.internals;
    if (thread !== undefined) stats.thread = thread;
    return stats;
  }

  /** A connection has been accepted; its TLS socket has read nothing yet. */
  #onSocket(socket: NodeTlsSocket, below: BelowSocket | undefined): void {
    const host = this.#host;
    if (!isServerSide(socket)) return;
    // As of now: Node has just given the socket the server's secure context.
    const { policy } = host.tracker;
    const options = tlsOptionsOf(socket);
    if (options === undefined || !policy.governs(options)) {
      this.#passBy(UPGRADED);
      return;
    }
    try {
      host.cache.startHandshake('server');
    } catch (error) {
      host.report(error);
    }
    const count = host.internals.revocations;
    const connection = new ServerConnection(host, this, socket, policy, count);
    connection.trace = traceConnection(host, connection);
    this.#connections.add(connection);
    if (this.#canRead && host.reads) this.#reader.read(connection, below);
  }

  #passBy(how: string): void {
    if (this.#host.stats.passedBy++ === 0) warn('SESSCACHE_PASSED_BY', how);
  }

  onClose(connection: ServerConnection): void {
    const { reading } = connection;
    if (reading?.isOpen) {
      reading.stop();
      if (!connection.secured) this.#host.stats.hellos.lost++;
    }
    this.#failed(connection);
  }

  /** After the handshake, only sessions of TLS ≤ 1.2 are dropped. */
  onError(connection: ServerConnection, error: NodeJS.ErrnoException): void {
    const [session] = connection.sessions;
    if (!connection.secured || session === undefined || session.version === TLS1_3) return;
    if (error.code?.startsWith('ERR_SSL_')) this.#drop(connection);
  }

  /**
   * Ends a connection that has resumed the session of another name, before the program sees it. It
   * is a second line of defence: OpenSSL resumes the session that was loaded for the first of two
   * hellos, and all known ways to that are closed elsewhere.
   */
  onHandshakeDone(connection: ServerConnection): boolean {
    const { hello, socket } = connection;
    if (hello?.psk === undefined || connection.secured) return false;
    const name = this.#host.nameOf(connection);
    if (name === undefined || connection.servername === name) return false;
    if (!connection.isResumed || socket.getProtocol() !== 'TLSv1.3') return false;
    this.#failed(connection);
    socket.destroy();
    return true;
  }

  /**
   * For a socket that the program made, Node emits events on the socket only. The socket of a
   * client whose certificate is refused is destroyed by now.
   */
  onHandshakeTold(connection: ServerConnection): void {
    const { socket } = connection;
    if (connection.secured || socket.destroyed) return;
    if (isSecure(socket)) this.#secured(connection);
    // Node waits for another listener of `newSession`.
    else socket.once('secure', () => this.#secured(connection));
  }

  readonly #onNewSession = (id: Buffer, data: Buffer, done: () => void): void => {
    if (this.#attached) {
      storeSession(this.#host, this.#connections.current, id, data);
      if (this.#isOnlyReader()) data.fill(0);
    }
    // At once: a client of Node 20 to 24 may otherwise lose what the server sends it.
    done();
  };

  /** Remembers other listeners even if they are gone: they may have kept the bytes. */
  readonly #onNewListener = (event: unknown, listener: unknown): void => {
    if (event === 'newSession' && listener !== this.#onNewSession) this.#isAlone = false;
    if (event !== 'resumeSession' || listener === this.#onResumeSession) return;
    if (this.#isRivalled || !canAnswer(listener)) return;
    this.#isRivalled = true;
    warn('SESSCACHE_LISTENERS', RIVALLED);
  };

  /** An asynchronous callback of the cache has failed. */
  readonly #onRejection = (error: unknown): void => this.#host.report(error);

  /** Whether nothing else in the process receives the bytes of new sessions. */
  #isOnlyReader(): boolean {
    const { server, internals } = this.#host;
    if (!this.#isAlone || server.emit !== EventEmitter.prototype.emit) return false;
    return internals.isClosed || !internals.showsNewSessions;
  }

  readonly #onResumeSession = (id: Buffer, answer: Resume): void => {
    resume(this.#host, this.#connections.current, id, answer);
  };

  readonly #onSecureConnection = (socket: TLSSocket): void => {
    const connection = connectionOf(socket);
    if (connection !== undefined) this.#secured(connection);
  };

  readonly #onClientError = (error: NodeJS.ErrnoException, socket: TLSSocket): void => {
    const connection = connectionOf(socket);
    if (connection === undefined) return;
    const { hellos } = this.#host.stats;
    if (connection.reading?.isOpen && error.code === TIMEOUT) hellos.timeouts++;
    this.#failed(connection, error.code);
  };

  #secured(connection: ServerConnection): void {
    const { stats, cache } = this.#host;
    connection.secured = true;
    const resumed = connection.isResumed;
    if (resumed) stats.handshakes.resumed++;
    else stats.handshakes.full++;
    const { trace } = connection;
    if (trace !== undefined) this.#guard(() => trace.ended(resumed ? 'resumed' : 'full'));
    if (connection.counted) return;
    connection.counted = true;
    try {
      cache.finishHandshake('server', undefined, resumed ? RESUMED : FULL);
    } catch (error) {
      this.#host.report(error);
    }
  }

  #failed(connection: ServerConnection, code?: string): void {
    if (connection.secured) return;
    connection.secured = true;
    this.#host.stats.handshakes.failed++;
    this.#guard(() => connection.trace?.ended('failed', code));
    this.#drop(connection);
  }

  /** RFC 5246 §7.2.2: the sessions of a failed connection must not be used again. */
  #drop(connection: ServerConnection): void {
    const { cache, internals, stats } = this.#host;
    for (const { id, version } of connection.sessions.splice(0)) {
      this.#guard(() => {
        // The store may have the session even if the cache does not.
        if (!cache.hasMatchingSessionId(id, version) && !internals.external) return;
        cache.abortSession(new Session({ id, protocolVersion: version }));
        stats.dropped++;
        traceRemoval(this.#host, 'failed', 1);
      });
    }
  }

  /** A closure each: what every connection does has a `try` of its own instead. */
  #guard(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      this.#host.report(error);
    }
  }
}

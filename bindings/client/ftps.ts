import { randomBytes } from 'node:crypto';
import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { startImmediate } from '../alarm.ts';
import type { SessionPeek } from '../asn1/index.ts';
import { checkObject, wrongType } from '../checks.ts';
import { peekOrNothing } from '../tls/session-peek.ts';
import { listenForSessions } from './connection/events.ts';
import { checkIdentityAgain, hasOwnIdentityCheck, isStrict } from './connection/identity.ts';
import { KEY_BYTES, markKey } from './key/bytes.ts';
import { ClientSessionCache } from './sessions/sessions.ts';
import { defaultSessions, sessionsOr } from './shared.ts';

/**
 * The sessions of an FTPS control connection, for its data connections: servers demand that these
 * resume one, so that no other client can take the data port. They are for this control connection
 * alone; servers may refuse those of another, even of the same user.
 *
 * The newest comes first. A TLS 1.3 ticket is used once while there are others; the last one is
 * used again, for without a session the server would refuse the data connection. All are wiped when
 * the control connection closes.
 *
 * A resumed data connection is as trusted as the control connection: Node checks no certificate and
 * no name then. So a control connection whose server did not have the right name (with
 * `rejectUnauthorized: false`) leaves its sessions to data connections that say the same, and
 * sessions of another certificate than the control connection's are not kept.
 *
 * @example
 * ```js
 * const control = tls.connect({ ...options, socket: controlSocket });
 * const session = new ControlSession(control);
 * // after PASV or EPSV: a net.Socket, connected to the port of the answer
 * const data = session.connect({ ...options, socket: dataSocket });
 * ```
 */
export class ControlSession {
  readonly #control: TLSSocket;
  readonly #sessions: ClientSessionCache;
  readonly #key = markKey(new Uint8Array(randomBytes(KEY_BYTES)), true);
  /** The events' own buffers: clients may hand on what is here already. */
  readonly #seen: WeakSet<Uint8Array> = new WeakSet();
  /** The certificate of the server; empty: it has shown none. */
  #certificate: Buffer | undefined;
  /** The newest session of a server that did not have the right name; in no cache. */
  #unauthorized: Buffer | undefined;

  /**
   * @param control the control connection, before its handshake is over: a TLS 1.3 session comes as
   *   an event and not again
   * @param options.sessions where the sessions are kept; default: `defaultSessions()`
   * @throws TypeError naming the argument that is wrong.
   */
  constructor(control: TLSSocket, options: { sessions?: ClientSessionCache | undefined } = {}) {
    if (!(control instanceof TLSSocket)) {
      wrongType('control', 'TLSSocket', control);
    }
    checkObject(options, 'options');
    this.#control = control;
    this.#sessions = sessionsOr(options.sessions) ?? defaultSessions();
    listenForSessions(control, (session) => this.put(session));
    control.once('close', () => {
      this.#unauthorized?.fill(0);
      this.#guard(() => this.#sessions.drop(this.#key));
    });
  }

  /**
   * A session, a copy, for the `session` option of a data connection; undefined if there is none.
   *
   * @param options those of the data connection. Without `rejectUnauthorized: false` among them
   *   there is no session of a control connection whose server did not have the right name.
   */
  take(options: ConnectionOptions = {}): Buffer | undefined {
    checkObject(options, 'options');
    const cached = this.#guard(() =>
      this.#sessions.count(this.#key) > 1
        ? this.#sessions.take(this.#key)
        : this.#sessions.peek(this.#key),
    );
    if (cached !== undefined) return cached;
    if (this.#unauthorized !== undefined) {
      return isStrict(options) ? undefined : copyOfBytes(this.#unauthorized);
    }
    // Up to TLS 1.2 the connection itself knows its session.
    const own = this.#control.getSession();
    if (own === undefined || !isStrict(options) || !this.#failedByName(peekOrNothing(own)))
      return own;
    own.fill(0);
    return undefined;
  }

  /**
   * Adds what a `session` event of the control connection, or of a data connection, gave; copies
   * it. What comes from a server with another certificate is left out.
   */
  put(session: Uint8Array): void {
    if (this.#control.destroyed || this.#seen.has(session)) return;
    this.#seen.add(session);
    this.#guard(() => {
      const peek = peekOrNothing(session);
      if (peek !== undefined && !this.#isFromSameServer(peek, session)) {
        this.#sessions.refuse('unauthorized');
      } else if (this.#failedByName(peek)) {
        this.#sessions.refuse('unauthorized');
        this.#unauthorized?.fill(0);
        this.#unauthorized = copyOfBytes(session);
      } else {
        this.#sessions.put(this.#key, session, this.#control);
      }
    });
  }

  /**
   * `tls.connect` with a session. The options should be those of the control connection, but for
   * `socket`. A `checkServerIdentity` of yours is asked, and shown the certificates of the control
   * connection.
   *
   * Node 22.23, 24.17, 26 and later offer a session to no other host than it was made for, which
   * over a `socket` they know from `servername` or `host` alone (CVE-2026-48934,
   * nodejs/node#64402). The host is written in the session, and added if the options have neither.
   */
  connect(options: ConnectionOptions, listener?: () => void): TLSSocket {
    const session = this.take(options);
    if (session === undefined) return tls.connect(options, listener);
    const { host = options.servername ?? hostOf(session) } = options;
    const ready: ConnectionOptions = { ...options, session };
    const data = tls.connect(host === undefined ? ready : { ...ready, host }, listener);
    if (hasOwnIdentityCheck(options)) {
      checkIdentityAgain(data, this.#control.getPeerCertificate(true));
    }
    listenForSessions(data, (given) => this.put(given));
    data.once('close', () => session.fill(0));
    return data;
  }

  /**
   * Whether the control connection is not authorized, and its session does not say so: the verdict
   * on the certificates is in the session, that on the name is not.
   */
  #failedByName(peek: SessionPeek | undefined): boolean {
    return !this.#control.authorized && peek?.verifyResult === 0;
  }

  #isFromSameServer(peek: SessionPeek, session: Uint8Array): boolean {
    if (this.#certificate === undefined) {
      // Not from `getPeerX509Certificate()`, which takes the certificate out of what Node can show.
      const own = this.#control.getSession();
      const { peerStart, peerEnd } = (own && peekOrNothing(own)) ?? { peerStart: 0, peerEnd: 0 };
      this.#certificate = Buffer.from(own?.subarray(peerStart, peerEnd) ?? []);
      own?.fill(0);
    }
    return Buffer.compare(this.#certificate, session.subarray(peek.peerStart, peek.peerEnd)) === 0;
  }

  /** Trouble with the cache must not break a connection. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch {
      this.#sessions.noteError();
      return undefined;
    }
  }
}

/** Of its own: a pool would leave secrets behind. */
function copyOfBytes(bytes: Uint8Array): Buffer {
  const copy = Buffer.alloc(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The host that Node made a session for, if it says so. */
function hostOf(session: Buffer): string | undefined {
  const { servernameStart = 0, derStart = 0 } = peekOrNothing(session) ?? {};
  if (servernameStart === 0) return undefined;
  return session.toString('utf8', servernameStart, derStart);
}

/** What is asked of basic-ftp: the property `ftp` of its Client, from release 6 on. */
export interface BasicFtpContext {
  socket: object;
  tlsOptions?: ConnectionOptions;
  tlsSessionStore?: Buffer | undefined;
}

/**
 * Has a client of basic-ftp take the sessions of its data connections from a ControlSession. To be
 * called once, before the client connects; it may connect again and again.
 *
 * @throws TypeError if this is no such client.
 * @example
 * ```js
 * const client = new Client();
 * resumeDataConnections(client.ftp);
 * await client.access({ host: 'ftp.example.org', secure: true });
 * ```
 */
export function resumeDataConnections(
  ftp: BasicFtpContext,
  options: { sessions?: ClientSessionCache | undefined } = {},
): void {
  checkObject(ftp, 'ftp');
  checkObject(options, 'options');
  if (!('tlsSessionStore' in ftp)) {
    throw new TypeError('"ftp" expected `ftp` of a Client of basic-ftp >= 6, got another object');
  }
  const known = new WeakMap<object, ControlSession>();
  const current = (): ControlSession | undefined => {
    const { socket } = ftp;
    if (!(socket instanceof TLSSocket)) return undefined;
    let session = known.get(socket);
    if (session === undefined) known.set(socket, (session = new ControlSession(socket, options)));
    return session;
  };
  finishHandshakesFirst(ftp);
  Object.defineProperty(ftp, 'tlsSessionStore', {
    configurable: true,
    enumerable: true,
    get: () => current()?.take(ftp.tlsOptions),
    set: (session: Buffer | undefined) => {
      if (session !== undefined) current()?.put(session);
    },
  });
}

/**
 * basic-ftp takes a data connection for secure once it has a cipher, and a session has one before
 * the handshake; and Node ends a connection before the last bytes of the handshake have left. So an
 * upload of nothing would break off the handshake, and the server refuse it.
 */
function finishHandshakesFirst(ftp: object): void {
  const property = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(ftp), 'dataSocket');
  const { get, set } = property ?? {};
  if (get === undefined || set === undefined) return; // of another release, perhaps without the fault
  Object.defineProperty(ftp, 'dataSocket', {
    configurable: true,
    get,
    set(socket: unknown) {
      if (socket instanceof TLSSocket) finishHandshakeFirst(socket);
      set.call(ftp, socket);
    },
  });
}

function finishHandshakeFirst(socket: TLSSocket): void {
  /* oxlint-disable no-underscore-dangle -- Node's name for what a stream does at its end */
  const finish = socket._final.bind(socket);
  socket._final = (callback) => startImmediate(() => finish(callback));
  /* oxlint-enable no-underscore-dangle */
  const value = (): undefined => undefined;
  Object.defineProperty(socket, 'getCipher', { value, configurable: true });
  socket.prependOnceListener('secureConnect', () => {
    delete (socket as { getCipher?: unknown }).getCipher;
  });
}

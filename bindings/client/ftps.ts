import { randomBytes } from 'node:crypto';
import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { startImmediate } from '../alarm.ts';
import type { SessionPeek } from '../asn1/index.ts';
import { checkObject, wrongType } from '../checks.ts';
import { peekOrNothing } from '../tls/session-peek.ts';
import { listenForSessions } from './connection/events.ts';
import { checkIdentityAgain, hasCustomIdentityCheck, isStrict } from './connection/identity.ts';
import { KEY_BYTES, markKey } from './key/bytes.ts';
import { ClientSessionCache } from './sessions/sessions.ts';
import { defaultSessions, sessionsOr } from './shared.ts';

/**
 * The sessions of an FTPS control connection, for its data connections: servers demand that these
 * resume one, so that no other client can take the data port. They belong to this control
 * connection only: servers may refuse those of another, even of the same user.
 *
 * The newest comes first. A TLS 1.3 ticket is used once while there are others; the last one is
 * used again, because the server would refuse a data connection without a session. All are wiped
 * when the control connection closes.
 *
 * A resumed data connection is as trusted as the control connection: Node checks neither
 * certificate nor name when it resumes. So if the control connection's server did not have the
 * right name (which `rejectUnauthorized: false` allows), its sessions are used only for data
 * connections with that option too. Sessions of a certificate other than the control connection's
 * are not kept.
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
  /** The buffers of the events themselves: clients may pass on sessions that are already here. */
  readonly #seen: WeakSet<Uint8Array> = new WeakSet();
  /** The server's certificate; empty if it has shown none. */
  #certificate: Buffer | undefined;
  /** The newest session of a server that did not have the right name; in no cache. */
  #unauthorized: Buffer | undefined;

  /**
   * @param control the control connection, before its handshake is over: a TLS 1.3 session is
   *   emitted only once
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
      this.#sessions.guard(() => this.#sessions.drop(this.#key));
    });
  }

  /**
   * A session, a copy, for the `session` option of a data connection; undefined if there is none.
   *
   * @param options those of the data connection. If the control connection's server did not have
   *   the right name, there is a session only with `rejectUnauthorized: false`.
   */
  take(options: ConnectionOptions = {}): Buffer | undefined {
    checkObject(options, 'options');
    const cached = this.#sessions.guard(() =>
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
   * Adds a copy of the session of a `session` event of the control connection or of a data
   * connection. Ignores sessions of a server with another certificate.
   */
  put(session: Uint8Array): void {
    if (this.#control.destroyed || this.#seen.has(session)) return;
    this.#seen.add(session);
    this.#sessions.guard(() => {
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
   * `socket`. Your `checkServerIdentity` is called, with the certificates of the control
   * connection.
   *
   * Node 22.23, 24.17, 26 and later offer a session only to the host that it was made for, which
   * over a `socket` they know only from `servername` or `host` (CVE-2026-48934, nodejs/node#64402).
   * If the options have neither, the host that the session names is added.
   */
  connect(options: ConnectionOptions, listener?: () => void): TLSSocket {
    const session = this.take(options);
    if (session === undefined) return tls.connect(options, listener);
    const { host = options.servername ?? hostOf(session) } = options;
    const ready: ConnectionOptions = { ...options, session };
    const data = tls.connect(host === undefined ? ready : { ...ready, host }, listener);
    if (hasCustomIdentityCheck(options)) {
      checkIdentityAgain(data, this.#control.getPeerCertificate(true));
    }
    listenForSessions(data, (given) => this.put(given));
    data.once('close', () => session.fill(0));
    return data;
  }

  /**
   * Whether the control connection is unauthorized for a reason that its session does not record: a
   * session contains the result of verifying the certificates, but not that of checking the name.
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
}

/** A Buffer with memory of its own: in the pool, secrets would stay behind. */
function copyOfBytes(bytes: Uint8Array): Buffer {
  const copy = Buffer.alloc(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The host that Node made a session for, if the session names it. */
function hostOf(session: Buffer): string | undefined {
  const { servernameStart = 0, derStart = 0 } = peekOrNothing(session) ?? {};
  if (servernameStart === 0) return undefined;
  return session.toString('utf8', servernameStart, derStart);
}

/** The members of basic-ftp that are used: the property `ftp` of its Client, since release 6. */
export interface BasicFtpContext {
  socket: object;
  tlsOptions?: ConnectionOptions;
  tlsSessionStore?: Buffer | undefined;
}

/**
 * Makes a client of basic-ftp take the sessions of its data connections from a ControlSession. Call
 * it once, before the client connects; the client may connect repeatedly.
 *
 * @throws TypeError if `ftp` is not the context of such a client.
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
 * basic-ftp regards a data connection as secure as soon as it has a cipher, which a session
 * provides before the handshake; and Node ends a connection before the last bytes of the handshake
 * are sent. An empty upload would therefore break off the handshake, and the server would refuse
 * it.
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

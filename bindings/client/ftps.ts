import { randomBytes } from 'node:crypto';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ClientSessionCache } from './sessions.ts';
import { sessionsOr } from './shared.ts';

/**
 * The session of an FTPS control connection, for its data connections: servers demand that these
 * resume it, so that nobody else can take the data port. It stays usable for as many of them as there
 * are, also in TLS 1.3, and it is wiped when the control connection closes.
 *
 * @example
 * ```js
 * const control = new ControlSession(controlSocket);
 * const data = control.connect({ socket: dataSocket, ca });
 * ```
 */
export class ControlSession {
  readonly #sessions: ClientSessionCache;
  readonly #key = new Uint8Array(randomBytes(32));

  /**
   * @param control the control connection, before its handshake is over: a TLS 1.3 session comes as an
   *   event and not again
   * @param options.sessions where the session is kept; default: `defaultSessions()`
   */
  constructor(control: TLSSocket, options: { sessions?: ClientSessionCache | undefined } = {}) {
    this.#sessions = sessionsOr(options.sessions);
    control.on('session', (session) => this.#sessions.put(this.#key, session, control));
    control.once('close', () => this.#sessions.drop(this.#key));
  }

  /** The session, a copy, for the `session` option of a data connection; undefined if there is none. */
  get session(): Buffer | undefined {
    return this.#sessions.peek(this.#key);
  }

  /**
   * `tls.connect` with the session. The options must name the server as those of the control
   * connection did (`servername` or `host`): newer releases of Node resume for no other.
   */
  connect(options: ConnectionOptions, listener?: () => void): TLSSocket {
    const { session } = this;
    return tls.connect(session === undefined ? options : { ...options, session }, listener);
  }
}

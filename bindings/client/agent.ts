import https, { type AgentOptions } from 'node:https';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { checkObject } from '../checks.ts';
import { openWithSessions, type SessionOptions } from './connect.ts';
import type { Hop } from './key/key.ts';
import { identityOf } from './key/policy-text.ts';
import { copyOptions } from './key/tls-options.ts';
import type { ClientSessionCache } from './sessions/sessions.ts';
import { defaultSessions, sessionsOr } from './shared.ts';

/** What `new SessionAgent` takes: all options of https.Agent, and where sessions are kept. */
export type SessionAgentOptions = AgentOptions & SessionOptions;

/** Members of https.Agent that are missing in its types. */
interface AgentMethods {
  createConnection(options: ConnectionOptions, callback?: unknown): TLSSocket;
  getName(options?: ConnectionOptions): string;
}

const methods = https.Agent.prototype as unknown as AgentMethods;

/**
 * An https.Agent whose connections resume sessions from a cache: for `https`, axios, node-fetch and
 * got. Keep-alive and pooling work as in https.Agent; its session cache is off.
 *
 * With `proxyEnv` (Node 24.5) it does not use the cache.
 *
 * @example
 * ```js
 * const agent = new SessionAgent({ keepAlive: true });
 * https.get('https://example.org/', { agent });
 * ```
 */
export class SessionAgent extends https.Agent {
  readonly #sessions: ClientSessionCache | undefined;
  readonly #hop: Hop | undefined;
  readonly #usesProxy: boolean;

  /** @throws TypeError if `options` is no object, or `sessions` no ClientSessionCache. */
  constructor(options: SessionAgentOptions = {}) {
    checkObject(options, 'options');
    const { sessions, hop, ...agentOptions } = options;
    super({ ...agentOptions, maxCachedSessions: 0 });
    this.#sessions = sessionsOr(sessions);
    this.#hop = hop;
    this.#usesProxy = (agentOptions as { proxyEnv?: unknown }).proxyEnv !== undefined;
  }

  /**
   * The cache of its sessions.
   *
   * @throws SessionCacheError on a host where no cache can be made. The agent then works without
   * one.
   */
  get sessions(): ClientSessionCache {
    return this.#sessions ?? defaultSessions();
  }

  /** @internal Called by Node for each connection. */
  override createConnection(options: ConnectionOptions, callback?: unknown): TLSSocket {
    const create = (ready: ConnectionOptions): TLSSocket =>
      methods.createConnection.call(this, ready, callback);
    // With `proxyEnv`, Node may return the socket of the proxy (CVE-2021-22890).
    if (this.#usesProxy) return create(options);
    // Without a name for the connection, https.Agent does not listen for sessions: see events.ts.
    const copy = copyOptions(options) as ConnectionOptions;
    Object.assign(copy, { _agentKey: undefined });
    return openWithSessions({ sessions: this.#sessions, hop: this.#hop }, copy, create);
  }

  /**
   * @internal The name under which Node pools connections: Node 20 leaves out
   *   `checkServerIdentity`.
   */
  override getName(options: ConnectionOptions = {}): string {
    const { checkServerIdentity, secureContext } = options;
    const name = methods.getName.call(this, options);
    const check = checkServerIdentity ? identityOf(checkServerIdentity) : '';
    const context = secureContext ? identityOf(secureContext) : '';
    return `${name}:${check}:${context}`;
  }
}

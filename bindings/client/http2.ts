import type { SecureClientSessionOptions } from 'node:http2';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { checkObject } from '../checks.ts';
import { connect, type SessionOptions } from './connect.ts';
import { sessionsOr } from './shared.ts';

/** For the `createConnection` option of `http2.connect`. */
export type Http2Connector = (authority: URL, options: SecureClientSessionOptions) => TLSSocket;

/**
 * A `createConnection` for `http2.connect` whose connections resume sessions from a cache. It takes
 * the TLS options from those of `http2.connect`, as Node does by itself.
 *
 * @throws TypeError if `sessions` is not a ClientSessionCache.
 * @example
 * ```js
 * http2.connect('https://example.org', { createConnection: http2Connector() });
 * ```
 */
export function http2Connector(options: SessionOptions = {}): Http2Connector {
  checkObject(options, 'options');
  const { hop } = options;
  const sessions = sessionsOr(options.sessions);
  return (authority, given) => {
    // Node accepts any object that has some of the properties of a URL.
    const host = (authority.hostname || authority.host || 'localhost').replace(/^\[|\]$/g, '');
    const secure = (authority.protocol || given.protocol) !== 'http:';
    const peer = { host, port: Number(authority.port) || (secure ? 443 : 80) };
    if (!secure) return connectTcp(peer) as Socket as TLSSocket;
    const { createConnection: _, ...rest } = given;
    return connect({ ...peer, ...withProtocols(rest, host), sessions, hop });
  };
}

/** What Node adds to the options of a secure http2 connection. */
function withProtocols(options: SecureClientSessionOptions, host: string): ConnectionOptions {
  const { allowHTTP1 } = options as { allowHTTP1?: boolean };
  const name = options.servername || (isIP(host) === 0 ? host : undefined);
  const ready: ConnectionOptions = {
    ...options,
    ALPNProtocols: allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'],
  };
  return name === undefined ? ready : { ...ready, servername: name };
}

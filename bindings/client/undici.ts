import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { checkFunction, checkObject } from '../checks.ts';
import { open, type SessionOptions } from './connect.ts';
import { copyOptions } from './key/tls-options.ts';
import { sessionsOr } from './shared.ts';

/** undici's `buildConnector`, as far as it is used here; releases 6 to 8 fit. */
export type BuildConnector = (options: any) => (target: any, callback: any) => any;

/** Options of undici's `buildConnector`, those of `tls.connect` included, and of the adapter. */
export type UndiciConnectorOptions = ConnectionOptions &
  SessionOptions & {
    allowH2?: boolean | undefined;
    preferH2?: boolean | undefined;
    keepAlive?: boolean | null | undefined;
    keepAliveInitialDelay?: number | null | undefined;
    socketPath?: string | null | undefined;
    timeout?: number | null | undefined;
  };

/** What undici passes to a connector. */
export interface UndiciTarget {
  hostname: string;
  host?: string;
  protocol: string;
  port: string;
  servername?: string;
  localAddress?: string | null;
  httpSocket?: Socket;
}

/** A connector, for the `connect` option of undici's Agent, Pool and Client. */
export type UndiciConnector = (
  target: UndiciTarget,
  callback: (...args: [null, Socket | TLSSocket] | [Error, null]) => void,
) => void;

/**
 * A connector for undici whose connections resume sessions from a cache; so do those of `fetch`
 * with a dispatcher of it. undici's own session cache is off.
 *
 * @param buildConnector undici's
 * @throws TypeError
 *
 * @example
 * ```js
 * import { Agent, buildConnector } from 'undici';
 * const dispatcher = new Agent({ connect: undiciConnector(buildConnector, { ca }) });
 * await fetch('https://example.org/', { dispatcher });
 * ```
 */
export function undiciConnector(
  buildConnector: BuildConnector,
  options: UndiciConnectorOptions = {},
): UndiciConnector {
  checkFunction(buildConnector, 'buildConnector');
  checkObject(options, 'options');
  const { sessions: given, hop, ...rest } = options;
  const base = copyOptions(rest) as ConnectionOptions;
  const sessions = sessionsOr(given);
  const plain = buildConnector({ ...base, maxCachedSessions: 0 });
  return (target, callback) => {
    if (target.protocol !== 'https:') return plain(target, callback);
    return open({ sessions, hop }, policyOf(base, target), ({ session }) => {
      const connect =
        session === undefined ? plain : buildConnector({ ...base, maxCachedSessions: 0, session });
      return connect(target, callback) as TLSSocket;
    });
  };
}

/**
 * What undici passes to `tls.connect`, without session and listeners: the options that decide about
 * trust.
 */
function policyOf(base: ConnectionOptions, target: UndiciTarget): ConnectionOptions {
  const { hostname, host, port, servername, localAddress, httpSocket } = target;
  const { socketPath, allowH2, preferH2 } = base as UndiciConnectorOptions;
  const policy = {
    path: socketPath,
    ...base,
    // The protocols that undici offers depend on these options and on its release.
    ALPNProtocols: [`allowH2: ${allowH2}`, `preferH2: ${preferH2}`],
    host: hostname,
    localAddress,
    port: port || 443,
    servername: servername || base.servername || host,
    socket: httpSocket,
  };
  return policy as unknown as ConnectionOptions;
}

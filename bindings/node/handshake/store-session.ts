// Stores the session that a handshake has made, if a client can ever offer it again.

import { performance } from 'node:perf_hooks';
import { internalsOf } from '../../cache/internal.ts';
import { copyOf } from '../../checks.ts';
import { hostClock } from '../../clock.ts';
import { SessionCacheMode } from '../../index.ts';
import { TLS1_3 } from '../../protocol.ts';
import { peekOrNothing } from '../../tls/session-peek.ts';
import type { NodeHost } from '../host.ts';
import type { RefusalCause } from '../stats.ts';
import { rejectionReason, remaining } from './checks.ts';
import type { ServerConnection } from './connection.ts';
import { contextOf } from './lookup.ts';
import { tagsOfFullHandshake, tagsOfRenewal } from './tags.ts';

/** Handles one `newSession` event; the caller calls Node's callback. */
export function storeSession(
  host: NodeHost,
  connection: ServerConnection | undefined,
  id: Uint8Array,
  data: Uint8Array,
): void {
  const { stats } = host;
  const start = performance.now();
  const evicted = connection?.trace ? host.evicted : 0;
  try {
    const refusal = store(host, connection, id, data);
    if (refusal === undefined) host.noteStored(connection, evicted);
    else host.noteNotStored(connection, refusal);
  } catch (error) {
    host.noteNotStored(connection, 'error');
    host.report(error);
  }
  stats.time.stores += (performance.now() - start) * 1000;
}

function store(
  host: NodeHost,
  connection: ServerConnection | undefined,
  id: Uint8Array,
  data: Uint8Array,
): RefusalCause | undefined {
  const { cache } = host;
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) return 'cacheOff';
  // The policy of a connection that was not accepted here is unknown.
  if (connection === undefined) return 'unread';
  const now = Math.floor(hostClock() / 1000);
  const peek = peekOrNothing(data);
  const refusal = refusalOf(host, connection, peek?.protocolVersion);
  if (refusal !== undefined) return refusal;
  const { policy } = connection;
  const rejection = rejectionReason(data, peek, {
    id,
    version: undefined,
    context: policy.sessionIdContext,
    requestCert: policy.requestCert,
    rejectUnauthorized: policy.rejectUnauthorized,
    now,
  });
  if (rejection !== undefined || peek === undefined) return rejection ?? 'unreadable';

  const { protocolVersion, extendedMasterSecret } = peek;
  const origin = connection.isResumed ? connection.origin : undefined;
  const tags = (connection.tags ??= origin
    ? tagsOfRenewal(origin.tags)
    : tagsOfFullHandshake(connection, data, peek, host.settings.tags));
  // No other thread may revoke between the check and the add.
  return internalsOf(cache).atomically(() => {
    if (host.isRevoked(connection, tags)) return 'revoked';
    const about = contextOf(host, connection, protocolVersion);
    const session = cache.createSession({
      id,
      data,
      connection: about,
      extendedMasterSecret,
      authTime: origin?.authTime,
      tags,
    });
    const left = remaining(data, peek, now);
    if (left < Number(session.timeout)) session.setTimeout(left);
    // TLS 1.3 makes several sessions in a handshake, and after it: it is counted once.
    const further = connection.counted;
    connection.counted = true;
    cache.finishHandshake('server', session, { connection: about, further });
    connection.sessions.push({ id: copyOf(id), version: protocolVersion });
    return undefined;
  });
}

/** Why no session of this connection may be stored; undefined if one may. */
function refusalOf(
  host: NodeHost,
  connection: ServerConnection,
  version: number | undefined,
): RefusalCause | undefined {
  const { policy, hello, choice } = connection;
  const { settings } = host;
  if (version === TLS1_3) {
    if (policy.context.givesTickets) return 'tickets'; // the client has a ticket only
    if (!settings.tls13) return 'tls13';
  } else if (connection.secured) {
    // In a renegotiation, other certificates or another name may have been asked for.
    return 'renegotiated';
  }
  // It resumed a session from elsewhere: the time and the client of its full handshake are unknown.
  if (connection.isAnsweredElsewhere && connection.isResumed) return 'listeners';
  // Without the hello, the name of the session is unknown.
  if (host.reads && hello === undefined) return 'unread';
  if (!host.isCurrent(connection)) return 'policy';
  const name = host.nameOf(connection);
  if (name === undefined) return undefined;
  if (policy.asksFor(name) && choice?.isSettled !== true) return 'policy';
  // After a HelloRetryRequest Node applies the settings of the first name, and reports the second.
  return connection.servername === name ? undefined : 'names';
}

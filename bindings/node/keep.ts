// A handshake has made a session: check that it can ever be asked for again, and store it.

import { copyOf } from '../checks.ts';
import { SessionCacheMode } from '../index.ts';
import { objectionTo, peekOrNothing, remaining } from './checks.ts';
import type { Connection } from './connection.ts';
import type { Host } from './host.ts';
import { contextOf } from './lookup.ts';
import { givesTickets } from './server.ts';
import type { RefusalCause } from './stats.ts';

const TLS1_3 = 0x0304;

/** Handles one `newSession` event, all but its callback. */
export function keep(
  host: Host,
  connection: Connection | undefined,
  id: Uint8Array,
  data: Uint8Array,
): void {
  const { stats } = host;
  const start = performance.now();
  try {
    const refusal = store(host, connection, id, data);
    if (refusal === undefined) stats.stored++;
    else stats.notStored[refusal]++;
  } catch (error) {
    stats.notStored.error++;
    host.report(error);
  }
  stats.time.stores += (performance.now() - start) * 1000;
}

function store(
  host: Host,
  connection: Connection | undefined,
  id: Uint8Array,
  data: Uint8Array,
): RefusalCause | undefined {
  const { cache, server, settings, scope } = host;
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) return 'cacheOff';
  const now = Math.floor(Date.now() / 1000);
  const peek = peekOrNothing(data);
  if (peek?.protocolVersion === TLS1_3) {
    if (givesTickets(server)) return 'tickets'; // the client's ticket is all there is
    if (!settings.tls13) return 'tls13';
  }
  // Without the hello nobody knows for which name the session is.
  if (host.reads && connection?.hello === undefined) return 'unread';
  const objection = objectionTo(data, peek, {
    id,
    version: undefined,
    context: scope.serverContext,
    requestCert: server.requestCert === true,
    rejectUnauthorized: server.rejectUnauthorized !== false,
    now,
  });
  if (objection !== undefined || peek === undefined) return objection ?? 'unreadable';

  const { protocolVersion } = peek;
  const about = contextOf(host, connection, protocolVersion);
  const extendedMasterSecret = peek.extendedMasterSecret;
  const session = cache.createSession({ id, data, connection: about, extendedMasterSecret });
  const left = remaining(data, peek, now);
  if (left < Number(session.timeout)) session.setTimeout(left);
  // TLS 1.3 makes several sessions in a handshake, and after it: it is counted once.
  const further = connection?.counted !== false;
  if (connection) connection.counted = true;
  cache.finishHandshake('server', session, { connection: about, further });
  connection?.sessions.push({ id: copyOf(id), version: protocolVersion });
  return undefined;
}

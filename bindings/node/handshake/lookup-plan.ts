// The ids and versions under which to look up a connection's session, or the reason for none.

import { TLS1_3 } from '../../protocol.ts';
import { ID_BYTES } from '../hello/hello.ts';
import type { SkipCause } from '../stats.ts';
import type { ServerConnection } from './connection.ts';

/** An id, and the versions it may have been stored for. */
export interface LookupPlan {
  id: Uint8Array;
  versions: readonly number[];
}

const ONLY_TLS1_3 = [TLS1_3];

/**
 * `id` is what Node asks for; `reads`: hellos are read before Node reads them. Where they are not,
 * and sessions of TLS 1.3 are kept, `id` is the PSK identity if there is one.
 */
export function planLookup(
  { hello, policy }: ServerConnection,
  id: Uint8Array,
  tls13: boolean,
  reads: boolean,
): LookupPlan | SkipCause {
  if (reads && hello === undefined) return 'unread';
  const { newest, oldest, upToTLS12, context } = policy;
  const { givesTickets } = context;
  if (!reads && hello === undefined && tls13 && newest >= TLS1_3 && !givesTickets) {
    // The version will be one that both server and client support; an id is in use for only one of
    // them.
    return id.length === ID_BYTES ? { id, versions: [TLS1_3, ...upToTLS12] } : 'idLength';
  }
  if (newest >= TLS1_3 && (hello?.tls13 || oldest >= TLS1_3)) {
    // TLS 1.3 will be negotiated, for which Node asks with an id that is never stored.
    if (!tls13) return 'tls13';
    if (givesTickets) return 'tickets';
    if (hello?.psk === undefined) return 'noPsk';
    return { id: hello.psk, versions: ONLY_TLS1_3 };
  }
  if (id.length !== ID_BYTES) return 'idLength';
  // A client that supports tickets was given one, so no session was stored here.
  if (hello?.tickets && givesTickets) return 'tickets';
  return { id, versions: upToTLS12 };
}

// What to look a connection's session up under, or why not to.

import { Connection } from './connection.ts';
import { ID_BYTES } from './hello.ts';
import { givesTickets, newestVersion, oldestVersion, type TlsServer } from './server.ts';
import type { SkipCause } from './stats.ts';

/** An id, and the versions it may have been stored for. */
export interface Plan {
  id: Uint8Array;
  versions: readonly number[];
}

const TLS1_3 = 0x0304;
const ONLY_TLS1_3 = [TLS1_3];
const UP_TO_TLS1_2 = [0x0303, 0x0302, 0x0301];

/** `id` is what Node asks for; `reads`: hellos are read before Node reads them. */
export function planLookup(
  server: TlsServer,
  connection: Connection | undefined,
  id: Uint8Array,
  tls13: boolean,
  reads: boolean,
): Plan | SkipCause {
  const hello = connection?.hello;
  if (reads && hello === undefined) return 'unread';
  const newest = newestVersion(server);
  if (newest >= TLS1_3 && (hello?.tls13 || oldestVersion(server) >= TLS1_3)) {
    // It will be TLS 1.3, where Node asks for an id that no session was ever stored under.
    if (!tls13) return 'tls13';
    if (givesTickets(server)) return 'tickets';
    if (hello?.psk === undefined) return 'noPsk';
    return { id: hello.psk, versions: ONLY_TLS1_3 };
  }
  if (id.length !== ID_BYTES) return 'idLength';
  // Whoever takes tickets was given one, and no session stayed here.
  if (hello?.tickets && givesTickets(server)) return 'tickets';
  const oldest = oldestVersion(server);
  return { id, versions: UP_TO_TLS1_2.filter((version) => version >= oldest && version <= newest) };
}

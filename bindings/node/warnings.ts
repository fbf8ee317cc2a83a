// Settings with which a cache is useless or less safe than it looks: said once, when it is attached.

import { engineOf } from '../cache/cache.ts';
import { type SessionCache, SessionCacheMode } from '../index.ts';
import type { Settings } from './options.ts';
import { givesTickets, hasDefaultContext, newestVersion, oldestVersion, type TlsServer } from './server.ts'; // prettier-ignore

/** Emits a process warning. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

/** Warns of each setting that defeats the cache, with the remedy. */
export function warnAbout(server: TlsServer, cache: SessionCache, settings: Settings): void {
  const newest = newestVersion(server);
  const tickets = givesTickets(server);
  if (tickets) {
    warn(
      'SESSCACHE_TICKETS',
      'The server gives out tickets, so clients keep their sessions and the cache stays unused. ' +
        'Set `secureOptions: constants.SSL_OP_NO_TICKET`, or do without the cache.',
    );
  }
  if (hasDefaultContext(server)) {
    warn(
      'SESSCACHE_CONTEXT',
      'The server has no `sessionIdContext` of its own: Node makes one from the command line, which ' +
        'all servers of this process share and no other process has. Set one for each service.',
    );
  }
  if (newest >= 0x0304 && !settings.tls13 && !tickets) {
    warn(
      'SESSCACHE_TLS13',
      'The server speaks TLS 1.3, whose sessions Node does not find by itself, and gives no ' +
        "tickets. Attach with `{ tls13: true }`, or set `maxVersion: 'TLSv1.2'`.",
    );
  }
  if (newest < 0x0304 && settings.tls13) {
    warn(
      'SESSCACHE_NO_TLS13',
      'Attached with `tls13`, but the server does not speak TLS 1.3: every connection pays for it.',
    );
  }
  if (oldestVersion(server) > newest) {
    warn('SESSCACHE_VERSIONS', "The server's `minVersion` is above its `maxVersion`.");
  }
  if (settings.namespace === undefined && engineOf(cache).second) {
    warn(
      'SESSCACHE_NAMESPACE',
      'The cache has a store that processes share, but the server has no `namespace`, so that its ' +
        'sessions resume nowhere else. Attach with the same `namespace` in every process.',
    );
  }
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) {
    warn(
      'SESSCACHE_MODE',
      'The mode of the cache lacks `SessionCacheMode.SERVER`: it keeps and finds nothing.',
    );
  }
}

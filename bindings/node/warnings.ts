// Warns of settings that make a cache useless or less safe than it looks: when it is attached, and
// when the server's secure context changes.

import { internalsOf } from '../cache/internal.ts';
import { type SessionCache, SessionCacheMode } from '../index.ts';
import { TLS1_3 } from '../protocol.ts';
import { warn } from '../telemetry/warn.ts';
import type { NodeSettings } from './options.ts';
import type { Policy, ServerContext } from './policy/policy.ts';
import { hasDefaultContext } from './runtime/server.ts';

const warnedOfSni = new WeakSet<object>();

/** Warns, once for each attached server, of an SNICallback under which a session was not found. */
export function warnAboutSni(host: object): void {
  if (warnedOfSni.has(host)) return;
  warnedOfSni.add(host);
  warn(
    'SESSCACHE_SNI_CALLBACK',
    'A session did not resume because the `SNICallback` returned another context object than when the ' +
      'session was made, so the handshake was full. On a server that requests client certificates, ' +
      'return the same `tls.createSecureContext()` for a name until its settings change.',
  );
}

/** The warnings about a server, by code. */
type Warnings = Map<string, string>;

/** Warns of each setting that defeats the cache, with the remedy. */
export function warnAbout(policy: Policy, cache: SessionCache, settings: NodeSettings): void {
  const warnings = contextWarnings(policy.context, settings);
  const { external, isShared } = internalsOf(cache);
  if (settings.namespace === undefined && (external || isShared)) {
    const others = isShared ? 'thread' : 'process';
    warnings.set(
      'SESSCACHE_NAMESPACE',
      `Every ${others} uses this cache, but the server has no \`namespace\`, so its sessions resume only ` +
        `on this server. Attach with the same \`namespace\` in every ${others}.`,
    );
  }
  if (settings.namespace !== undefined && policy.hasUnknownContexts) {
    warnings.set(
      'SESSCACHE_ADD_CONTEXT',
      'Contexts for server names were added before the cache was attached, or were passed ready-made. ' +
        'Their trusted authorities are not known, so sessions of these names resume in this process ' +
        'only. Attach first, then call `addContext` with options.',
    );
  }
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) {
    warnings.set(
      'SESSCACHE_MODE',
      'The mode of the cache lacks `SessionCacheMode.SERVER`, so it neither stores nor finds sessions ' +
        'and every handshake is full. Add the flag with `setSessionCacheMode`.',
    );
  }
  for (const [code, message] of warnings) warn(code, message);
}

/**
 * The same for a new secure context. Leaves out warnings that applied to the previous one.
 */
export function warnAboutChange(
  context: ServerContext,
  previous: ServerContext,
  settings: NodeSettings,
): void {
  const before = contextWarnings(previous, settings);
  for (const [code, message] of contextWarnings(context, settings)) {
    if (before.has(code)) continue;
    warn(
      code,
      `${message} (The cause is a call of \`server.setSecureContext\`, which drops options that are not ` +
        'passed. `attached.setSecureContext` keeps them.)',
    );
  }
}

function contextWarnings(context: ServerContext, settings: NodeSettings): Warnings {
  const warnings: Warnings = new Map();
  const { givesTickets, sessionIdContext, versions } = context;
  const newest = versions.at(-1) ?? 0;
  if (givesTickets) {
    warnings.set(
      'SESSCACHE_TICKETS',
      'The server issues tickets, so clients keep their sessions and the cache is not used. ' +
        'Set `secureOptions: constants.SSL_OP_NO_TICKET`, or attach no cache.',
    );
  }
  if (hasDefaultContext(sessionIdContext)) {
    warnings.set(
      'SESSCACHE_CONTEXT',
      'The server has no `sessionIdContext` of its own. Node makes one from the command line: it is ' +
        'the same for all servers of this process, and different where the command differs. Set one ' +
        'for each service.',
    );
  }
  if (newest >= TLS1_3 && !settings.tls13 && !givesTickets) {
    warnings.set(
      'SESSCACHE_TLS13',
      'The server speaks TLS 1.3 and issues no tickets. Node alone cannot find TLS 1.3 sessions, so ' +
        'these handshakes are full. Attach with `{ tls13: true }`, or set ' +
        "`maxVersion: 'TLSv1.2'`.",
    );
  }
  if (versions.length > 0 && newest < TLS1_3 && settings.tls13) {
    warnings.set(
      'SESSCACHE_NO_TLS13',
      'The cache is attached with `tls13`, but the server does not speak TLS 1.3. Leave `tls13` out: it ' +
        'costs every connection time.',
    );
  }
  if (versions.length === 0) {
    warnings.set(
      'SESSCACHE_VERSIONS',
      "The server's `minVersion` is above its `maxVersion`, so no connection can succeed. Correct them.",
    );
  }
  return warnings;
}

// Warns of settings that make a cache useless or less safe than it looks: when it is attached, and
// when the server's secure context changes.

import { internalsOf } from '../cache/internal.ts';
import { type SessionCache, SessionCacheMode } from '../index.ts';
import { TLS1_3 } from '../protocol.ts';
import { debug } from '../telemetry/channels.ts';
import type { NodeSettings } from './options.ts';
import type { Policy, ServerContext } from './policy/policy.ts';
import { hasDefaultContext } from './runtime/server.ts';

/** Emits a process warning. */
export function warn(code: string, message: string): void {
  debug('warning %s', code);
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

const warnedOfSni = new WeakSet<object>();

/** Warns, once for each attached server, of an SNICallback under which a session was not found. */
export function warnAboutSni(host: object): void {
  if (warnedOfSni.has(host)) return;
  warnedOfSni.add(host);
  warn(
    'SESSCACHE_SNI_CALLBACK',
    'A session did not resume because the `SNICallback` chose another context than when it was made. ' +
      'Where clients are asked for certificates, a session resumes only under the very object: make ' +
      'one `tls.createSecureContext()` for each name, and another only when something has changed.',
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
      `The cache is for every ${others}, but the server has no \`namespace\`, so that its sessions ` +
        `resume nowhere else. Attach with the same \`namespace\` in every ${others}.`,
    );
  }
  if (settings.namespace !== undefined && policy.hasUnknownContexts) {
    warnings.set(
      'SESSCACHE_ADD_CONTEXT',
      'Contexts for server names were added before the cache was attached, or ready-made. Whom they ' +
        'trust is not known, so that sessions of these names resume in this process only. Attach ' +
        'first, then call `addContext` with options.',
    );
  }
  if (!(cache.getSessionCacheMode() & SessionCacheMode.SERVER)) {
    warnings.set(
      'SESSCACHE_MODE',
      'The mode of the cache lacks `SessionCacheMode.SERVER`: it keeps and finds nothing.',
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
      `${message} (It is so since \`setSecureContext\` was called: that takes what it is not given for ` +
        'absent. `attached.setSecureContext(options)` keeps the rest.)',
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
      'The server gives out tickets, so clients keep their sessions and the cache stays unused. ' +
        'Set `secureOptions: constants.SSL_OP_NO_TICKET`, or do without the cache.',
    );
  }
  if (hasDefaultContext(sessionIdContext)) {
    warnings.set(
      'SESSCACHE_CONTEXT',
      'The server has no `sessionIdContext` of its own: Node makes one from the command line, which ' +
        'all servers of this process share and no other process has. Set one for each service.',
    );
  }
  if (newest >= TLS1_3 && !settings.tls13 && !givesTickets) {
    warnings.set(
      'SESSCACHE_TLS13',
      'The server speaks TLS 1.3, whose sessions Node does not find by itself, and gives no ' +
        "tickets. Attach with `{ tls13: true }`, or set `maxVersion: 'TLSv1.2'`.",
    );
  }
  if (versions.length > 0 && newest < TLS1_3 && settings.tls13) {
    warnings.set(
      'SESSCACHE_NO_TLS13',
      'Attached with `tls13`, but the server does not speak TLS 1.3: every connection pays for it.',
    );
  }
  if (versions.length === 0) {
    warnings.set('SESSCACHE_VERSIONS', "The server's `minVersion` is above its `maxVersion`.");
  }
  return warnings;
}

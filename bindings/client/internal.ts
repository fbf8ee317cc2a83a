// Exports of sesscache/client for sesscache/auto only.

export { isInternalCall, normalizeConnectArgs, openWithSessions } from './connect.ts';
export type { ClientSessionCache } from './sessions/sessions.ts';
export { sessionsOr } from './shared.ts';
export { copyOptions } from './key/tls-options.ts';

// What sesscache/auto needs of sesscache/client, and programs do not.

export { isInternalCall, normalizeConnectArgs, openWithSessions } from './connect.ts';
export type { ClientSessionCache } from './sessions/sessions.ts';
export { sessionsOr } from './shared.ts';
export { copyOptions } from './key/tls-options.ts';

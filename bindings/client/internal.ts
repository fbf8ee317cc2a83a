// What sesscache/auto needs of sesscache/client, and programs do not.

export { isOwnCall, normalizeConnectArgs, openOwn } from './connect.ts';
export type { ClientSessionCache } from './sessions.ts';
export { sessionsOr } from './shared.ts';
export { ownOptions } from './tls-options.ts';

/**
 * OpenSSL's session cache of an SSL_CTX: hash table, expiry and flag checks in WebAssembly, every
 * session as bytes in its memory.
 *
 * @module
 */

export { SessionCache } from './cache/cache.ts';
export type { Seconds } from './checks.ts';
export { deriveSessionIdContext } from './cache/derive.ts';
export type { PolicyValue, VerificationPolicy } from './cache/derive.ts';
export { SessionCacheError } from './errors.ts';
export type { SessionCacheErrorCode } from './errors.ts';
export { SessionCacheMode } from './cache/mode.ts';
export { Session } from './session/session.ts';
export type { SessionOptions } from './session/options.ts';
export type {
  AnyConnection,
  Connection,
  CreateSessionOptions,
  FinishHandshakeOptions,
  GenerateSessionIdCallback,
  GetSessionCallback,
  MissCause,
  NewSessionCallback,
  Profile,
  RemovalCause,
  RemoveSessionCallback,
  Role,
  SessionCacheOptions,
  SessionCacheStats,
} from './cache/types.ts';

/** What went wrong, as a stable string. */
export type SessionCacheErrorCode =
  | 'ERR_SESSCACHE_CLOSED'
  | 'ERR_SESSCACHE_NO_MEMORY'
  | 'ERR_SESSCACHE_NO_WASM'
  | 'ERR_SESSCACHE_MAX_BYTES'
  | 'ERR_SESSCACHE_OTHER_CACHE'
  | 'ERR_SESSCACHE_CACHED'
  | 'ERR_SESSCACHE_VIEW_GONE'
  | 'ERR_SESSCACHE_ASYNC_CALLBACK'
  | 'ERR_SESSCACHE_BUSY'
  | 'ERR_SESSCACHE_SHARED'
  | 'ERR_SESSCACHE_NOT_ISOLATED'
  | 'ERR_SESSION_ID_CONTEXT_UNINITIALIZED'
  | 'ERR_INCONSISTENT_EXTMS'
  | 'ERR_SESSION_ID_CALLBACK_FAILED'
  | 'ERR_SESSION_ID_CONFLICT'
  | 'ERR_SESSION_ID_HAS_BAD_LENGTH';

/** OpenSSL's reason numbers (SSL_R_*) for the errors that OpenSSL has too. */
const REASONS: Partial<Record<SessionCacheErrorCode, number>> = {
  ERR_SESSION_ID_CONTEXT_UNINITIALIZED: 277,
  ERR_INCONSISTENT_EXTMS: 104,
  ERR_SESSION_ID_CALLBACK_FAILED: 301,
  ERR_SESSION_ID_CONFLICT: 302,
  ERR_SESSION_ID_HAS_BAD_LENGTH: 303,
};

/**
 * The state of the cache does not allow the call; its arguments are valid. The cache is unchanged,
 * and usable unless `code` is `ERR_SESSCACHE_CLOSED`.
 */
export class SessionCacheError extends Error {
  override readonly name: string = 'SessionCacheError';
  /** What went wrong, as a stable string. */
  readonly code: SessionCacheErrorCode;
  /** OpenSSL's reason number (SSL_R_*), for the errors that OpenSSL has too. */
  readonly reason: number | undefined;

  constructor(code: SessionCacheErrorCode, message: string) {
    super(message);
    this.code = code;
    this.reason = REASONS[code];
  }
}

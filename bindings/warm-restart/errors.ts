/** Codes of a RestoreError. */
export type RestoreErrorCode =
  | 'ERR_SESSCACHE_FORMAT'
  | 'ERR_SESSCACHE_SEAL'
  | 'ERR_SESSCACHE_STALE'
  | 'ERR_SESSCACHE_REPLAYED'
  | 'ERR_SESSCACHE_TRUNCATED'
  | 'ERR_SESSCACHE_MIXED'
  | 'ERR_SESSCACHE_FILE';

/** The stream was not restored, and the cache contains none of its sessions. */
export class RestoreError extends Error {
  override readonly name: string = 'RestoreError';
  /** What is wrong, as a stable string. */
  readonly code: RestoreErrorCode;

  constructor(code: RestoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

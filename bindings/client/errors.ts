/** Why exported sessions are refused, as a stable string. */
export type ImportErrorCode =
  'ERR_SESSCACHE_FORMAT' | 'ERR_SESSCACHE_SEAL' | 'ERR_SESSCACHE_STALE' | 'ERR_SESSCACHE_REPLAYED';

/** Exported sessions were refused, all of them; the cache is as it was. */
export class ImportError extends Error {
  override readonly name: string = 'ImportError';
  /** What is wrong, as a stable string. */
  readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

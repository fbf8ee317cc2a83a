/** Why a store cannot be attached, as a stable string. */
export type ExternalErrorCode =
  'ERR_SESSCACHE_ATTACHED' | 'ERR_SESSCACHE_CALLBACKS' | 'ERR_SESSCACHE_UNSEALED';

/** The store cannot be attached to this cache as it is. Nothing has been changed. */
export class ExternalError extends Error {
  override readonly name: string = 'ExternalError';
  /** What is wrong, as a stable string. */
  readonly code: ExternalErrorCode;

  constructor(code: ExternalErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why a cache cannot be attached, as a stable string. */
export type AttachErrorCode =
  'ERR_SESSCACHE_ATTACHED' | 'ERR_SESSCACHE_LISTENERS' | 'ERR_SESSCACHE_RUNTIME';

/** The server is not one that a cache can be attached to, as it is. Nothing has been changed. */
export class AttachError extends Error {
  override readonly name: string = 'AttachError';
  /** What is wrong, as a stable string. */
  readonly code: AttachErrorCode;

  constructor(code: AttachErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why ticket keys cannot be attached, as a stable string. */
export type TicketKeysErrorCode =
  | 'ERR_SESSCACHE_ATTACHED'
  | 'ERR_SESSCACHE_NOT_TLS'
  | 'ERR_SESSCACHE_NO_TICKETS'
  | 'ERR_SESSCACHE_TICKET_KEYS';

/** Ticket keys cannot be attached to the server in its present state. Nothing has been changed. */
export class TicketKeysError extends Error {
  override readonly name: string = 'TicketKeysError';
  /** What is wrong, as a stable string. */
  readonly code: TicketKeysErrorCode;

  constructor(code: TicketKeysErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

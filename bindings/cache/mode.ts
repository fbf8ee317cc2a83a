/**
 * SSL_SESS_CACHE_*: what a cache does by itself; combine by `|`.
 *
 * - `OFF`, `CLIENT`, `SERVER`, `BOTH` — for which role sessions are cached. Default: `SERVER`.
 * - `NO_AUTO_CLEAR` — expired sessions are not flushed every 255 handshakes; call `flushSessions`.
 * - `NO_INTERNAL_LOOKUP` — servers ask the get callback without searching the cache first.
 * - `NO_INTERNAL_STORE` — handshakes and the get callback do not fill the cache; `addSession` does.
 * - `NO_INTERNAL` — both.
 * - `UPDATE_TIME` — a session's lifetime counts from its last use.
 *
 * @see SSL_CTX_set_session_cache_mode(3)
 */
export const SessionCacheMode: {
  readonly OFF: 0x0;
  readonly CLIENT: 0x1;
  readonly SERVER: 0x2;
  readonly BOTH: 0x3;
  readonly NO_AUTO_CLEAR: 0x80;
  readonly NO_INTERNAL_LOOKUP: 0x100;
  readonly NO_INTERNAL_STORE: 0x200;
  readonly NO_INTERNAL: 0x300;
  readonly UPDATE_TIME: 0x400;
} = Object.freeze({
  OFF: 0x0,
  CLIENT: 0x1,
  SERVER: 0x2,
  BOTH: 0x3,
  NO_AUTO_CLEAR: 0x80,
  NO_INTERNAL_LOOKUP: 0x100,
  NO_INTERNAL_STORE: 0x200,
  NO_INTERNAL: 0x300,
  UPDATE_TIME: 0x400,
});

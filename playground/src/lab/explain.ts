// Each operation in the terms of OpenSSL's manual pages.

interface Explanation {
  /** The function of OpenSSL, and its page. */
  readonly name: string;
  readonly page: string;
  readonly text: string;
}

const explanation = (name: string, page: string, text: string): Explanation => ({
  name,
  page,
  text,
});

export const EXPLANATIONS = {
  start: explanation(
    'SSL_CTX_set_session_cache_mode',
    'SSL_CTX_set_session_cache_mode(3)',
    'A server keeps the sessions of finished handshakes. A client that offers the id of one skips ' +
      'the key exchange. Start the stream of handshakes, or add a session by hand.',
  ),
  add: explanation(
    'SSL_CTX_add_session',
    'SSL_CTX_add_session(3)',
    'Puts a session into the cache. A session with the same id and version is replaced. When the ' +
      'cache is full, the session that would expire first makes room, and the remove callback is told.',
  ),
  remove: explanation(
    'SSL_CTX_remove_session',
    'SSL_CTX_remove_session(3)',
    'Takes the session out and marks it as not resumable. The remove callback is told.',
  ),
  resume: explanation(
    'ssl_get_prev_session',
    'SSL_CTX_set_session_cache_mode(3)',
    'A client offered this id. The session is resumed if it is there, was made under the same ' +
      'protocol version and session id context, is not marked, and has not expired.',
  ),
  handshake: explanation(
    'ssl_update_cache',
    'SSL_CTX_sess_set_new_cb(3)',
    'Clients connect. One that offers a session which may be resumed gets an abbreviated handshake; ' +
      'any other gets a full one, whose new session is stored and handed to the new-session callback.',
  ),
  expire: explanation(
    'SSL_SESSION_set_time',
    'SSL_SESSION_get_time(3)',
    'The time at which the session was made is moved back, so that it lies beyond its timeout. It ' +
      'stays until it is looked up, flushed or evicted: then it leaves as expired.',
  ),
  revoke: explanation(
    'revoke (beyond OpenSSL)',
    'sesscache',
    'Drops every session that carries the tag, in time proportional to their number: when a user ' +
      'logs out, or a client certificate is withdrawn.',
  ),
  flush: explanation(
    'SSL_CTX_flush_sessions',
    'SSL_CTX_flush_sessions(3)',
    'Removes the sessions that have expired by now; each is told to the remove callback. They are ' +
      'found in order of expiry, so that no other session is touched.',
  ),
  clear: explanation(
    'SSL_CTX_flush_sessions (time 0)',
    'SSL_CTX_flush_sessions(3)',
    'With time 0 all sessions are removed, expired or not.',
  ),
  advance: explanation(
    'SSL_CTX_set_timeout',
    'SSL_CTX_set_timeout(3)',
    'Time passes. A session is good until its time plus its timeout; what is older is not resumed ' +
      'any more, though it stays in memory until it is noticed.',
  ),
  mode: explanation(
    'SSL_CTX_set_session_cache_mode',
    'SSL_CTX_set_session_cache_mode(3)',
    'Says for which end sessions are kept, and whether the internal cache stores them, looks them up ' +
      'and clears itself. The previous mode is returned.',
  ),
  size: explanation(
    'SSL_CTX_sess_set_cache_size',
    'SSL_CTX_sess_set_cache_size(3)',
    'Sets how many sessions the cache holds; 0 means no limit. A smaller size takes effect when the ' +
      'next new session is added.',
  ),
  timeout: explanation(
    'SSL_CTX_set_timeout',
    'SSL_CTX_set_timeout(3)',
    'Sets for how many seconds new sessions are good. Those that are there keep what they have.',
  ),
  context: explanation(
    'SSL_CTX_set_session_id_context',
    'SSL_CTX_set_session_id_context(3)',
    'Sessions are resumed only under the context they were made in, so that what one service has ' +
      'verified never opens another.',
  ),
  profile: explanation(
    'profile (beyond OpenSSL)',
    'sesscache',
    'The manual pages and the code of OpenSSL differ. “manual” does what the pages promise, ' +
      '“openssl-3.0” what libssl 3.0 does. The cache was made anew.',
  ),
} as const satisfies Record<string, Explanation>;

export type Operation = keyof typeof EXPLANATIONS;

/** The flags of SSL_CTX_set_session_cache_mode(3). */
export const FLAGS = [
  ['CLIENT', 'Client sessions are added to the session cache.'],
  ['SERVER', 'Server sessions are added to the session cache.'],
  ['NO_AUTO_CLEAR', 'Expired sessions are not flushed after every 255 handshakes.'],
  ['NO_INTERNAL_LOOKUP', 'Lookups do not search the internal cache.'],
  ['NO_INTERNAL_STORE', 'New sessions are not stored in the internal cache.'],
  ['UPDATE_TIME', 'A session that is used counts its timeout from then on.'],
] as const;

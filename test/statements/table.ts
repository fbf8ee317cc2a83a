// Every statement of the manual pages that this library follows, with the test that fails without
// it. `npm run test:statements` breaks each in a copy and has that very test fail.

import { page, type Statement } from './statement.ts';

const OPTIONS = 'bindings/cache/options.ts';
const HANDSHAKE = 'bindings/cache/handshake.ts';
const ADMISSION = 'bindings/cache/add.ts';
const REMOVAL = 'bindings/cache/remove.ts';
const QUESTION = 'bindings/cache/callback-lookup.ts';
const ENGINE = 'bindings/cache/engine.ts';
const CACHE = 'bindings/cache/cache.ts';
const FLAGS = 'bindings/cache/mode.ts';
const LOOKUP = 'assembly/lookup.ts';
const RULES = 'assembly/mode.ts';
const ADMIT = 'assembly/add.ts';
const LEAVE = 'assembly/remove.ts';
const EXPIRY = 'assembly/expiry.ts';

const KEEPS_NEW = 'if (worth && isNew && mode & bit) {';
const WHICH_BIT = 'const bit = isClient ? SessionCacheMode.CLIENT : SessionCacheMode.SERVER;';
const SKIPS_INTERNAL = 'if (has(NO_INTERNAL_LOOKUP)) return absent(connection);';
const REFERENCES = 'JavaScript collects what is no longer used: there are no reference counts.';

export const STATEMENTS: readonly Statement[] = [
  ...page('SSL_CTX_set_session_cache_mode', [
    {
      id: 'M1',
      says: 'setting the mode switches caching on and off',
      test: 'manual/mode › changing the mode leaves cached sessions alone',
      broken: [CACHE, 'setMode(engine, checkMode(mode));', 'checkMode(mode);'],
    },
    {
      id: 'M2',
      says: 'getting the mode returns the one that is used',
      test: 'manual/mode › setting returns the previous mode and keeps unknown bits',
      broken: [CACHE, 'return this.#engine.open().mode;', 'return this.#engine.open().mode & 3;'],
    },
    {
      id: 'M3',
      says: 'each context can hold sessions in memory',
      test: 'manual/lookup › finds what was added',
      broken: [CACHE, ': addSession(engine.open(), checkSession(session));', ': checkSession(session).isResumable;'],
    },
    {
      id: 'M4',
      says: 'a session belongs to one context',
      test: 'manual/add-session › a session can be in one cache only',
      broken: [ADMISSION, 'if (isCached && cacheOf(session) !== engine) {', 'if (entryOf(session) < 0) {'],
    },
    {
      id: 'M5',
      says: 'a client sends the id of one session; the server agrees, or has a full handshake',
      test: 'tls/resume › a session of another session id context has a full handshake',
      broken: [RULES, 'if (!sameContext) return OTHER_CONTEXT;', ''],
    },
    {
      id: 'M6',
      says: 'a server looks in the internal cache, and where that has nothing, in the external one',
      test: 'manual/mode › a server asks the internal cache first and the callback only if that fails',
      broken: [ENGINE, 'this.setFlag(HAS_EXTERNAL, callback !== undefined);', 'this.setFlag(HAS_EXTERNAL, false);'],
    },
    {
      id: 'M7',
      says: 'with internal lookups off it goes straight to the external one',
      test: 'manual/mode › NO_INTERNAL_LOOKUP sends every lookup to the callback',
      broken: [LOOKUP, SKIPS_INTERNAL, 'if (has(NO_INTERNAL_LOOKUP)) return NONE;'],
    },
    {
      id: 'M8',
      says: 'a server sets a session id context, or sessions might be reused where they should not be',
      test: 'manual/lookup › only the exact session id context resumes',
      broken: [RULES, 'if (!sameContext) return OTHER_CONTEXT;', ''],
    },
    {
      id: 'M9',
      says: 'SSL_SESS_CACHE_OFF: no session is cached for clients or servers',
      test: 'manual/mode › in mode 0 a server does not store new sessions',
      broken: [HANDSHAKE, KEEPS_NEW, 'if (worth && isNew) {'],
    },
    {
      id: 'M10',
      says: 'SSL_SESS_CACHE_CLIENT: sessions of clients are added',
      test: 'manual/mode › in mode 1 a client stores new sessions',
      broken: [HANDSHAKE, WHICH_BIT, 'const bit = SessionCacheMode.SERVER;'],
    },
    {
      id: 'M11',
      says: 'SSL_SESS_CACHE_CLIENT: nothing is looked up for clients, the application chooses',
      test: 'manual/async › without the SERVER bit no callback is called',
      broken: [RULES, 'return has(SERVER) || hasQuirk(LOOK_UP_WHEN_OFF);', 'return true;'],
    },
    {
      id: 'M12',
      says: 'SSL_SESS_CACHE_CLIENT is not on by default',
      test: 'manual/mode › the default is SERVER',
      broken: [OPTIONS, 'options.mode ?? SessionCacheMode.SERVER', 'options.mode ?? SessionCacheMode.BOTH'],
    },
    {
      id: 'M13',
      says: 'SSL_SESS_CACHE_SERVER: sessions of servers are added',
      test: 'manual/mode › in mode 2 a server stores new sessions',
      broken: [HANDSHAKE, WHICH_BIT, 'const bit = SessionCacheMode.CLIENT;'],
    },
    {
      id: 'M14',
      says: 'SSL_SESS_CACHE_SERVER: what either cache has, the server tries to reuse',
      test: 'manual/mode › a session that the callback supplies is copied into the internal cache',
      broken: [QUESTION, 'return result === HIT ? found : undefined;', 'return undefined;'],
    },
    {
      id: 'M15',
      says: 'SSL_SESS_CACHE_SERVER is the default',
      test: 'manual/mode › the default is SERVER',
      broken: [OPTIONS, 'options.mode ?? SessionCacheMode.SERVER', 'options.mode ?? SessionCacheMode.OFF'],
    },
    {
      id: 'M16',
      says: 'SSL_SESS_CACHE_BOTH is CLIENT and SERVER',
      test: 'manual/mode › the flags have the values of OpenSSL',
      broken: [FLAGS, 'BOTH: 0x3,', 'BOTH: 0x2,'],
    },
    {
      id: 'M17',
      says: 'after every 255 connections expired sessions are flushed',
      test: 'manual/mode › in mode SERVER expired sessions leave by themselves, under NO_AUTO_CLEAR they stay',
      broken: [HANDSHAKE, 'if ((good + 1) % FLUSH_EVERY === 0)', 'if ((good + 1) % 256 === 0)'],
    },
    {
      id: 'M18',
      says: 'SSL_SESS_CACHE_NO_AUTO_CLEAR switches that off; the application may flush',
      test: 'manual/mode › in mode BOTH expired sessions leave by themselves, under NO_AUTO_CLEAR they stay',
      broken: [HANDSHAKE, 'if (!(mode & SessionCacheMode.NO_AUTO_CLEAR)) errors', 'errors'],
    },
    {
      id: 'M19',
      says: 'SSL_SESS_CACHE_NO_INTERNAL_LOOKUP: what is stored internally is not looked up there',
      test: 'manual/mode › NO_INTERNAL_LOOKUP sends every lookup to the callback',
      broken: [LOOKUP, SKIPS_INTERNAL, ''],
    },
    {
      id: 'M20',
      says: 'SSL_SESS_CACHE_NO_INTERNAL_LOOKUP: the external cache is asked each time',
      test: 'manual/mode › mode 768 keeps it out of the internal cache',
      broken: [LOOKUP, SKIPS_INTERNAL, 'if (has(NO_INTERNAL_LOOKUP)) return NONE;'],
    },
    {
      id: 'M21',
      says: 'SSL_SESS_CACHE_NO_INTERNAL_LOOKUP does not concern clients',
      test: 'manual/mode › in mode 1 a client stores new sessions',
      broken: [HANDSHAKE, KEEPS_NEW, 'if (worth && isNew && mode & bit && !(isClient && mode & 0x100)) {'],
    },
    {
      id: 'M22',
      says: 'SSL_SESS_CACHE_NO_INTERNAL_STORE: new sessions are not stored, the new callback is told',
      test: 'manual/mode › in mode 2 with NO_INTERNAL_STORE a server only tells the new callback',
      broken: [HANDSHAKE, 'if (!(mode & SessionCacheMode.NO_INTERNAL_STORE)) errors', 'errors'],
    },
    {
      id: 'M23',
      says: 'otherwise they go to the internal cache and to the callback',
      test: 'manual/callbacks › the new callback gets the connection and the session, already cached',
      broken: [HANDSHAKE, 'errors.of(() => addIfRoom(engine, session));', '{}'],
    },
    {
      id: 'M24',
      says: 'SSL_SESS_CACHE_NO_INTERNAL_STORE: the application can add sessions all the same',
      test: 'manual/mode › under NO_INTERNAL_STORE sessions can still be added by hand and are then resumed',
      broken: [ADMISSION, 'if (engine.isLocked) return false;', 'if (engine.isLocked || engine.has(SessionCacheMode.NO_INTERNAL_STORE)) return false;'],
    },
    {
      id: 'M25',
      says: 'what the external cache finds is copied inward before the handshake goes on',
      test: 'manual/mode › a session that the callback supplies is copied into the internal cache',
      broken: [QUESTION, 'if (inward && !engine.has(SessionCacheMode.NO_INTERNAL_STORE)) addIfRoom(engine, found);', ''],
    },
    {
      id: 'M26',
      says: '… but not under SSL_SESS_CACHE_NO_INTERNAL_STORE',
      test: 'manual/mode › mode 512 keeps it out of the internal cache',
      broken: [QUESTION, 'if (inward && !engine.has(SessionCacheMode.NO_INTERNAL_STORE)) addIfRoom', 'if (inward) addIfRoom'],
    },
    {
      id: 'M27',
      says: 'SSL_SESS_CACHE_NO_INTERNAL is NO_INTERNAL_LOOKUP and NO_INTERNAL_STORE',
      test: 'manual/mode › the flags have the values of OpenSSL',
      broken: [FLAGS, 'NO_INTERNAL: 0x300,', 'NO_INTERNAL: 0x200,'],
    },
    {
      id: 'M28',
      says: 'setting the mode returns the previous one',
      test: 'manual/mode › setting returns the previous mode and keeps unknown bits',
      broken: [CACHE, 'setMode(engine, checkMode(mode));\n    return previous;', 'setMode(engine, checkMode(mode));\n    return engine.mode;'],
    },
    {
      id: 'M29',
      says: 'SSL_SESS_CACHE_UPDATE_TIME: the timeout counts from the last use',
      test: 'manual/mode › without UPDATE_TIME a session ends by its creation, with it by its last use',
      broken: [LOOKUP, 'if (result === HIT && has(UPDATE_TIME) && !hasQuirk(RETIME_ON_ADD_ONLY)) {', 'if (result === HIT && !has(UPDATE_TIME) && !hasQuirk(RETIME_ON_ADD_ONLY)) {'],
    },
    {
      id: 'M30',
      says: 'the flags are 2, 3, 0x80, 0x100, 0x200, 0x300',
      test: 'manual/mode › the flags have the values of OpenSSL',
      broken: [FLAGS, 'NO_AUTO_CLEAR: 0x80,', 'NO_AUTO_CLEAR: 0x40,'],
    },
    {
      id: 'M31',
      says: 'when what came from outside cannot be added, the handshake goes on with it',
      test: 'manual/limits › a session from outside that has no room is resumed all the same',
      broken: [ADMISSION, 'if (!(error instanceof SessionCacheError)) throw error;', 'throw error;'],
    },
    { id: 'M32', says: 'with copy set, the count of what came from outside goes up', because: REFERENCES },
  ]),

  ...page('SSL_CTX_add_session', [
    {
      id: 'A1',
      says: 'adding puts a session into the context',
      test: 'manual/iteration › goes in the order in which sessions leave',
      broken: [CACHE, ': addSession(engine.open(), checkSession(session));', ': checkSession(session).isResumable;'],
    },
    {
      id: 'A2',
      says: 'its reference count goes up: it outlives the one of the caller',
      test: 'manual/add-session › the bytes are copied in: the caller may reuse its buffers',
      broken: ['bindings/session/session.ts', 'copyOf(bytesInPlaceOf(session)));', 'copyOf(bytesInPlaceOf(session)).fill(0));'],
    },
    {
      id: 'A3',
      says: 'a session of the same id is removed',
      test: 'manual/add-session › a session with the same id replaces the old one without a callback',
      broken: [ADMIT, 'if (twin) replace(twin);', ''],
    },
    {
      id: 'A3b',
      says: '… whatever its protocol version',
      differs: true,
      test: 'manual/add-session › the same id under another protocol version is another session',
      broken: ['bindings/core/staging.ts', 'ARGS.version) >>> 2] = version;', 'ARGS.version) >>> 2] = 0x0303;'],
    },
    {
      id: 'A4',
      says: 'removing takes a session out and marks it as not resumable',
      test: 'manual/add-session › removing returns true, removing again false',
      broken: [REMOVAL, 'engine) markGone(session, true);', 'engine) markGone(session, false);'],
    },
    { id: 'A5', says: 'removing frees the session once', because: REFERENCES },
    {
      id: 'A6',
      says: 'another object of the same session replaces it',
      test: 'manual/add-session › a session with the same id replaces the old one without a callback',
      broken: [ADMIT, 'if (twin && entry(twin).serial === a.serial) return readd(twin);', 'if (twin) return readd(twin);'],
    },
    {
      id: 'A7',
      says: 'adding the identical object does nothing',
      test: 'manual/profiles › adding the identical session changes nothing',
      broken: [ADMIT, 'if (hasQuirk(MOVE_ON_READD)) {', 'if (!hasQuirk(MOVE_ON_READD)) {'],
    },
    {
      id: 'A8',
      says: 'a server under NO_INTERNAL_STORE does not fill its cache, and searches it',
      test: 'manual/mode › under NO_INTERNAL_STORE sessions can still be added by hand and are then resumed',
      broken: [LOOKUP, '  const h = header();\n  const isPlain =', '  const h = header();\n  if (h.mode & 0x200) return absent(connection);\n  const isPlain ='],
    },
    {
      id: 'A9',
      says: '… unless NO_INTERNAL_LOOKUP is set too',
      test: 'manual/mode › NO_INTERNAL_LOOKUP sends every lookup to the callback',
      broken: [LOOKUP, SKIPS_INTERNAL, ''],
    },
    {
      id: 'A10',
      says: '0 is returned for a session that is added twice, or removed and not there',
      test: 'manual/add-session › removing returns true, removing again false',
      broken: [REMOVAL, 'return at !== 0;', 'return true;'],
    },
    {
      id: 'A11',
      says: '1 is returned otherwise',
      test: 'manual/add-session › adding returns true, adding the same session again false',
      broken: [ADMISSION, 'return status === ADDED;', 'return status === SAME;'],
    },
    {
      id: 'A12',
      says: 'removing marks the given session, also one that is not cached',
      test: 'manual/profiles › removing a session that is not cached marks it, without a callback',
      broken: [REMOVAL, 'else mark(session);', 'else if (at !== 0) mark(session);'],
    },
  ]),

  ...page('SSL_CTX_sess_set_get_cb', [
    {
      id: 'G1',
      says: 'the new callback is called for each session that is negotiated',
      test: 'manual/callbacks › the new callback gets the connection and the session, already cached',
      broken: [HANDSHAKE, 'errors.of(() => (verdict = engine.tellNew(connection, session)));', ''],
    },
    {
      id: 'G2',
      says: 'the remove callback is called for a session that is faulty or has timed out',
      test: 'manual/callbacks › the remove callback hears of expiry at a lookup, of an abort, and of closing',
      broken: ['bindings/cache/search.ts', 'if (result === STALE) removeFound(engine, engine.memory.entry(), LEFT_EXPIRED);', ''],
    },
    {
      id: 'G3',
      says: 'the get callback is called for an id that the internal cache does not have',
      test: 'manual/mode › a server asks the internal cache first and the callback only if that fails',
      broken: [LOOKUP, '  count(MISSES);\n  return absent(connection);', '  count(MISSES);\n  return NONE;'],
    },
    {
      id: 'G4',
      says: '… by servers alone',
      test: 'manual/async › without the SERVER bit no callback is called',
      broken: [RULES, 'return has(SERVER) || hasQuirk(LOOK_UP_WHEN_OFF);', 'return true;'],
    },
    {
      id: 'G5',
      says: 'the getters return the callbacks that are set, or NULL',
      test: 'manual/callbacks › the getters return what was set, undefined unsets',
      broken: [CACHE, 'return this.#engine.open().onRemove;', 'return undefined;'],
    },
    {
      id: 'G6',
      says: 'in the callbacks a session can be written down as DER',
      test: 'tls/openssl › can read what the cache keeps',
      broken: [ENGINE, 'const data = memory.copyData(at);', 'const data = store.copyData(at).fill(0);'],
    },
    {
      id: 'G7',
      says: 'the new callback is called only while caching is on',
      test: 'manual/mode › in mode 0 a client does not store new sessions',
      broken: [HANDSHAKE, KEEPS_NEW, 'if (worth && isNew) {'],
    },
    {
      id: 'G8',
      says: 'the new callback gets the connection and the session',
      test: 'manual/callbacks › the new callback gets the connection and the session, already cached',
      broken: [HANDSHAKE, 'engine.tellNew(connection, session)', 'engine.tellNew(undefined, session)'],
    },
    {
      id: 'G9',
      says: 'when it returns 0 the session leaves the internal cache at once',
      test: 'manual/profiles › a session that the new callback refuses leaves at once, marked',
      broken: [HANDSHAKE, 'errors.of(() => removeSession(engine, session, LEFT_REFUSED));', ''],
    },
    {
      id: 'G10',
      says: 'when it returns 1 the application keeps the session',
      test: 'manual/callbacks › true, undefined and other answers of the new callback keep the session, false and 0 do not',
      broken: [HANDSHAKE, 'const refused = verdict === false || verdict === 0;', 'const refused = !verdict;'],
    },
    {
      id: 'G11',
      says: 'TLS 1.3: it is called for each session of a connection',
      test: 'manual/callbacks › each session of a handshake is added and announced, and the handshake counted once',
      broken: [HANDSHAKE, 'const isNew = !resumed || further || isTls13(session);', 'const isNew = !resumed;'],
    },
    {
      id: 'G12',
      says: 'TLS 1.3: sessions are for one use, after which the application removes them',
      test: 'peers/rustls › what is taken is gone: single use',
      broken: [REMOVAL, 'return at !== 0;', 'return true;'],
    },
    {
      id: 'G13',
      says: 'the remove callback is called for sessions that expire or were not shut down cleanly',
      test: 'manual/callbacks › the remove callback hears of expiry at a lookup, of an abort, and of closing',
      broken: [CACHE, 'removeSession(this.#engine.open(), checkSession(session), LEFT_ABORTED);', 'checkSession(session);'],
    },
    {
      id: 'G13b',
      says: '… and whenever else the engine removes one: when another takes its id',
      differs: true,
      test: 'manual/add-session › a session with the same id replaces the old one without a callback',
      broken: [ADMISSION, '  markCached(session, engine);\n  if (engine.has(', "  markCached(session, engine);\n  if (engine.memory.word(ARGS.replaced)) engine.onRemove?.(engine.owner, session, 'removed');\n  if (engine.has("],
    },
    {
      id: 'G13c',
      says: '… when the application removes it',
      test: 'manual/add-session › removing calls the remove callback with the cache, the session and the cause',
      broken: [REMOVAL, '  if (departure) engine.tell(departure);\n', ''],
    },
    {
      id: 'G13d',
      says: '… and when the new callback has refused it',
      test: 'manual/profiles › a session that the new callback refuses leaves at once, marked',
      broken: [REMOVAL, '  if (departure) engine.tell(departure);\n', '  if (departure && cause !== LEFT_REFUSED) engine.tell(departure);\n'],
    },
    {
      id: 'G14',
      says: 'it is called for all sessions when the context is freed',
      test: 'manual/callbacks › the remove callback hears of expiry at a lookup, of an abort, and of closing',
      broken: ['bindings/cache/remove.ts', 'errors.of(() => flushSessions(engine, 0, UNLIMITED, LEFT_CLOSED));', ''],
    },
    {
      id: 'G15',
      says: 'it gets the context and the session, and its answer does not matter',
      test: 'manual/add-session › removing calls the remove callback with the cache, the session and the cause',
      broken: [ENGINE, 'this.mind(this.onRemove?.(this.owner, session, REMOVAL_CAUSES[cause]!));', 'this.mind(this.onRemove?.(undefined as never, session, REMOVAL_CAUSES[cause]!));'],
    },
    {
      id: 'G16',
      says: 'the get callback gets the id that the client sent',
      test: 'manual/callbacks › the get callback gets the connection and the id, as a copy',
      broken: [QUESTION, 'this.engine.onGet?.(this.connection, copyOf(this.id))', 'this.engine.onGet?.(this.connection, copyOf(this.id).fill(0))'],
    },
    {
      id: 'G17',
      says: 'it is called also when caching is off',
      differs: true,
      test: 'manual/async › without the SERVER bit no callback is called',
      broken: [RULES, 'return has(SERVER) || hasQuirk(LOOK_UP_WHEN_OFF);', 'return true;'],
    },
    { id: 'G18', says: 'with copy it says whether the count of its answer goes up', because: REFERENCES },
  ]),

  ...page('SSL_CTX_sess_number', [
    {
      id: 'N1',
      says: 'number: the sessions in the internal cache',
      test: 'manual/lookup › finds what was added',
      broken: ['bindings/cache/stats.ts', 'number: memory.headerWord(HEADER.count),', 'number: 0,'],
    },
    {
      id: 'N2',
      says: 'connect, accept: handshakes that were started',
      test: 'manual/lookup › handshakes are counted by role',
      broken: [HANDSHAKE, 'core.count(renegotiation ? ACCEPT_RENEGOTIATE : ACCEPT)', 'core.count(renegotiation ? ACCEPT_RENEGOTIATE : CONNECT)'],
    },
    {
      id: 'N3',
      says: 'connect_good, accept_good: handshakes that succeeded',
      test: 'manual/lookup › handshakes are counted by role',
      broken: [HANDSHAKE, 'core.count(isClient ? CONNECT_GOOD : ACCEPT_GOOD);', 'core.count(CONNECT_GOOD);'],
    },
    {
      id: 'N4',
      says: 'connect_renegotiate, accept_renegotiate: renegotiations that were started',
      test: 'manual/lookup › handshakes are counted by role',
      broken: [HANDSHAKE, 'core.count(renegotiation ? CONNECT_RENEGOTIATE : CONNECT)', 'core.count(CONNECT)'],
    },
    {
      id: 'N5',
      says: 'hits: sessions that clients or servers have reused',
      test: 'manual/lookup › handshakes are counted by role',
      broken: [HANDSHAKE, '    if (isClient && resumed) core.count(HITS);\n', ''],
    },
    {
      id: 'N6',
      says: 'cb_hits: sessions that servers got from the external cache',
      test: 'manual/mode › NO_INTERNAL_LOOKUP sends every lookup to the callback',
      broken: [QUESTION, '    core.count(CB_HITS);\n', ''],
    },
    {
      id: 'N7',
      says: 'misses: ids of clients that the internal cache did not have, also if the external one did',
      test: 'manual/lookup › a miss counts once, and what was missing is counted as absent',
      broken: [LOOKUP, '  count(MISSES);\n  return absent(connection);', '  return absent(connection);'],
    },
    {
      id: 'N7b',
      says: '… also while internal lookups are off',
      differs: true,
      test: 'manual/mode › NO_INTERNAL_LOOKUP sends every lookup to the callback',
      broken: [LOOKUP, SKIPS_INTERNAL, 'if (has(NO_INTERNAL_LOOKUP)) return missed(connection);'],
    },
    {
      id: 'N8',
      says: 'timeouts: sessions that were found expired; they are no hits',
      test: 'manual/time › a session is good in its last second and expired in the next',
      broken: [LOOKUP, '  if (result === STALE) count(TIMEOUTS);\n', ''],
    },
    {
      id: 'N9',
      says: 'cache_full: sessions that were removed because the cache was full',
      test: 'manual/capacity › a cache of two gives up the one that expires first',
      broken: [LEAVE, '  count(CACHE_FULL);\n', ''],
    },
  ]),

  ...page('SSL_CTX_sess_set_cache_size', [
    {
      id: 'C1',
      says: 'the size of the internal cache can be set and got',
      test: 'manual/capacity › setting the size returns the previous one and evicts nothing yet',
      broken: [CACHE, 'this.#engine.memory.core.setCapacity(checkSize(size));', 'checkSize(size);'],
    },
    {
      id: 'C2',
      says: 'the default is 1024 * 20',
      test: 'manual/capacity › the default is 20,480, and 0 means no limit',
      broken: [OPTIONS, 'const DEFAULT_SIZE = 20480;', 'const DEFAULT_SIZE = 20000;'],
    },
    {
      id: 'C3',
      says: '0 is no limit',
      test: 'manual/capacity › the default is 20,480, and 0 means no limit',
      broken: [ADMIT, 'if (hasQuirk(COUNT_NEWCOMER) || h.capacity === 0) return true;', 'if (hasQuirk(COUNT_NEWCOMER)) return true;'],
    },
    {
      id: 'C4',
      says: 'a cache that adding makes too large drops sessions from its end',
      test: 'manual/capacity › a cache of two gives up the one that expires first',
      broken: [ADMIT, 'return <u64>h.count + (twin ? 0 : 1) <= h.capacity;', 'return true;'],
    },
    {
      id: 'C5',
      says: 'a flush makes room, too',
      test: 'manual/capacity › expired sessions take room until they are flushed or evicted',
      broken: [CACHE, "return flushSessions(engine, checkSeconds(time ?? engine.now(), 'time'), budget);", 'return budget & 0;'],
    },
    {
      id: 'C6',
      says: 'when the size is reduced, sessions leave at the next add',
      test: 'manual/capacity › setting the size returns the previous one and evicts nothing yet',
      broken: [ADMIT, 'return <u64>h.count + (twin ? 0 : 1) <= h.capacity;', 'return <u64>h.count <= h.capacity + 2;'],
    },
    {
      id: 'C7',
      says: 'that is not bound to their expiry: sessions that are good leave, too',
      test: 'manual/capacity › a cache of two gives up the one that expires first',
      broken: [ADMIT, 'return at && at === twin ? nextEntry(at) : at;', 'return at && at === twin ? nextEntry(at) : 0;'],
    },
    {
      id: 'C8',
      says: 'setting the size returns the previous one',
      test: 'manual/capacity › setting the size returns the previous one and evicts nothing yet',
      broken: [CACHE, 'setCapacity(checkSize(size));\n    return previous;', 'setCapacity(checkSize(size));\n    return size;'],
    },
  ]),

  ...page('SSL_CTX_set_session_id_context', [
    {
      id: 'I1',
      says: 'a session can be reused within its context only, which each connection may set for itself',
      test: 'manual/lookup › only the exact session id context resumes',
      broken: ['bindings/cache/criteria.ts', 'sessionIdContext === undefined\n      ? engine.context\n', 'sessionIdContext !== null\n      ? engine.context\n'],
    },
    {
      id: 'I2',
      says: 'the context is part of the session, also of one that is exported',
      test: 'asn1/live › do not resume under another session id context',
      broken: ['bindings/asn1/fields.ts', "row(4, 'sessionIdContext',", "row(4, 'context',"],
    },
    {
      id: 'I3',
      says: 'more than 32 bytes are an error, and change nothing',
      test: 'manual/errors › setSessionIdContext',
      broken: [CACHE, "internContext(checkBytes(context, 'context'))", 'internContext(context)'],
    },
    {
      id: 'I4',
      says: 'where clients are asked for certificates and there is no context, reuse is a fatal error',
      test: 'manual/lookup › verifying the peer without a session id context is fatal, also for an expired session',
      broken: [RULES, 'if (connection & VERIFY_PEER && contextLength === 0) return NO_CONTEXT;', ''],
    },
    {
      id: 'I5',
      says: 'under another context there is a full handshake, and no error',
      test: 'manual/lookup › only the exact session id context resumes',
      broken: [RULES, 'if (!sameContext) return OTHER_CONTEXT;', 'if (!sameContext) return NO_CONTEXT;'],
    },
    {
      id: 'I6',
      says: 'a session that has been made keeps its context when another one is set',
      test: 'manual/handles › a session keeps the context that it was made in',
      broken: ['bindings/session/session.ts', 'return at ? this.#cache!.memory.contextOf(at)', 'return at ? copyOf(this.#cache!.context)'],
    },
  ]),

  ...page('SSL_CTX_set_timeout', [
    {
      id: 'T1',
      says: 'the timeout of new sessions can be set and got, in seconds',
      test: 'manual/time › changing the default timeout leaves existing sessions alone',
      broken: [CACHE, "this.#engine.memory.stageSeconds(ARGS.timeout, checkSeconds(seconds, 'seconds'));", "checkSeconds(seconds, 'seconds');"],
    },
    {
      id: 'T2',
      says: 'a session is not reused later than its timeout after its time',
      test: 'manual/time › a session is good in its last second and expired in the next',
      broken: [EXPIRY, 'return !overflows(time, timeout) && now > time + timeout;', 'return !overflows(time, timeout) && now >= time + timeout;'],
    },
    {
      id: 'T3',
      says: 'a change concerns no existing session',
      test: 'manual/time › changing the default timeout leaves existing sessions alone',
      broken: [EXPIRY, ': <i64>entry(at).timeout;', ': header().timeout;'],
    },
    {
      id: 'T4',
      says: 'the time and timeout of a single session can be changed',
      test: 'manual/handles › what one handle sets in the cache all handles read',
      broken: ['bindings/session/session.ts', 'if (!memory.retime(at, newTime, timeout ?? memory.timeoutOf(at))) throw noMemory(\'change\');', ''],
    },
    {
      id: 'T5',
      says: 'a flush removes what has expired',
      test: 'manual/capacity › a flush removes what has expired, first to expire first, up to its budget',
      broken: [LEAVE, '(cause === LEFT_EXPIRED && !isExpiredAt(at, args().time))', 'cause === LEFT_EXPIRED'],
    },
    {
      id: 'T6',
      says: 'the default is 300 seconds',
      test: 'manual/profiles › sessions last 300 seconds',
      broken: ['bindings/cache/profiles.ts', 'timeout: 300', 'timeout: 7200'],
    },
    {
      id: 'T7',
      says: 'setting the timeout returns the previous one',
      test: 'manual/time › changing the default timeout leaves existing sessions alone',
      broken: [CACHE, 'const previous = this.getTimeout();', 'const previous = seconds;'],
    },
    { id: 'T8', says: 'it is the lifetime hint of tickets', because: 'Tickets are those of the TLS stack.' },
    {
      id: 'T9',
      says: 'TLS 1.3: one week at most',
      test: 'manual/time › no TLS 1.3 session lives longer than 604800 seconds, however it is renewed',
      broken: ['bindings/cache/profiles.ts', 'maxLifetime: [DAY, WEEK]', 'maxLifetime: [DAY, 8 * DAY]'],
    },
  ]),

  ...page('SSL_CTX_flush_sessions', [
    {
      id: 'F1',
      says: 'the sessions that are expired at tm are removed',
      test: 'manual/capacity › a flush removes what has expired, first to expire first, up to its budget',
      broken: [LEAVE, '(cause === LEFT_EXPIRED && !isExpiredAt(at, args().time))', 'false'],
    },
    {
      id: 'F2',
      says: '… also by itself, after every 255 connections',
      test: 'manual/profiles › flushes by itself after every 255th finished handshake',
      broken: [HANDSHAKE, 'if ((good + 1) % FLUSH_EVERY === 0)', 'if ((good + 1) % 254 === 0)'],
    },
    {
      id: 'F3',
      says: 'tm is the time that they are tested against',
      test: 'manual/time › a flush removes at time + timeout + 1, not before',
      broken: [LEAVE, '!isExpiredAt(at, args().time)', '!isExpiredAt(at, args().time + 1)'],
    },
    {
      id: 'F3b',
      says: '… and 0 is a time like any other',
      differs: true,
      test: 'manual/capacity › a flush at time 0 removes everything, as that of libssl does',
      broken: [REMOVAL, 'cause: number = time === 0 ? LEFT_FLUSHED : LEFT_EXPIRED', 'cause: number = LEFT_EXPIRED'],
    },
    {
      id: 'F4',
      says: 'only the internal cache is flushed; the remove callback is told of each session',
      test: 'manual/callbacks › several victims are reported in the order in which they left',
      broken: [REMOVAL, '  errors.of(() => engine.dispatch(departures));\n', ''],
    },
    {
      id: 'F5',
      says: 'a cache collects sessions up to its size',
      test: 'manual/capacity › a cache of one keeps the latest, even one that expires first',
      broken: [ADMIT, 'return <u64>h.count + (twin ? 0 : 1) <= h.capacity;', 'return <u64>h.count + (twin ? 0 : 1) <= h.capacity - 1;'],
    },
  ]),

  ...page('SSL_set_session', [
    {
      id: 'S1',
      says: 'a client sets the session to reuse before it connects',
      because: 'The option `session` of tls.connect does, which sesscache/client fills in.',
    },
    {
      id: 'S2',
      says: 'the session of a connection that is still open is bad, and leaves the cache',
      test: 'manual/callbacks › the remove callback hears of expiry at a lookup, of an abort, and of closing',
      broken: [CACHE, 'removeSession(this.#engine.open(), checkSession(session), LEFT_ABORTED);', 'checkSession(session);'],
    },
    {
      id: 'S3',
      says: 'one that was shut down keeps it',
      test: 'tls/resume › an https.Agent resumes',
      broken: [RULES, 'return HIT;', 'return OTHER_CONTEXT;'],
    },
    {
      id: 'S4',
      says: 'a session object is used with one context only',
      test: 'manual/add-session › a session can be in one cache only',
      broken: [ADMISSION, 'if (isCached && cacheOf(session) !== engine) {', 'if (entryOf(session) < 0) {'],
    },
  ]),

  ...page('SSL_session_reused', [
    {
      id: 'R1',
      says: 'a session is reused when client and server agree',
      test: 'tls/openssl › resumes a session kept in a file',
      broken: [RULES, 'return HIT;', 'return OTHER_CONTEXT;'],
    },
  ]),

  ...page('d2i_SSL_SESSION', [
    {
      id: 'D1',
      says: 'a session can be written as DER and read from it',
      test: 'asn1/openssl › agree on a session with a server name',
      broken: ['bindings/asn1/fields.ts', "row(6, 'hostname',", "row(6, 'host',"],
    },
    {
      id: 'D2',
      says: 'what is no session is refused',
      test: 'asn1/strict › refuse a session with anything after it',
      broken: ['bindings/asn1/scan.ts', "if (end !== bytes.length) malformed('bytes after the session', end);", ''],
    },
  ]),

  ...page('SSL_SESSION_free', [
    { id: 'E1', says: 'a session lives until it is freed as often as it was taken', because: REFERENCES },
    {
      id: 'E2',
      says: 'SSL_SESSION_dup: a copy, which no cache holds',
      test: 'manual/handles › a copy takes everything along, and goes its own way',
      broken: ['bindings/session/session.ts', '    tags: tagsOf(session),\n    appData', '    tags: [],\n    appData'],
    },
    {
      id: 'E3',
      says: 'several connections may use a session at the same time',
      test: 'peers/openssl › many connections resume one session at the same time',
      broken: [LOOKUP, '  count(HITS);\n  countAge(age);\n  decode(at);', '  count(HITS);\n  countAge(age);\n  decode(at);\n  e.meta |= NOT_RESUMABLE;'],
    },
    {
      id: 'E4',
      says: 'a session is not freed while a connection uses it',
      test: 'manual/add-session › what a resumed handle gives out is a copy, safe to keep and to change',
      broken: ['bindings/session/session.ts', 'copyOf(bytesInPlaceOf(session)));', 'bytesInPlaceOf(session));'],
    },
  ]),

  ...page('SSL_CTX_set_generate_session_id', [
    {
      id: 'X1',
      says: 'ids are 1 to 32 bytes and unique; by default random and of full length',
      test: 'manual/handles › createSession makes what ssl_get_new_session makes, and does not add it',
      broken: [HANDSHAKE, 'const id = new Uint8Array(32);', 'const id = new Uint8Array(16);'],
    },
    {
      id: 'X2',
      says: 'the callback gets 32 zero bytes, and may fill a part of them',
      test: 'manual/handles › the generate callback gets connection and 32 zero bytes, and may fill or replace them',
      broken: [HANDSHAKE, 'engine.onGenerate!(connection, new Uint8Array(32))', 'engine.onGenerate!(connection, new Uint8Array(31))'],
    },
    {
      id: 'X3',
      says: 'an id that is in use ends the handshake',
      test: 'manual/errors › errors of the cache have a class, a name, a code, and the reason of OpenSSL',
      broken: [HANDSHAKE, '  if (engine.find(id, version)) {\n    throw', '  if (false) {\n    throw'],
    },
    {
      id: 'X4',
      says: 'the callback returns 0 if it cannot make one',
      test: 'manual/errors › errors of the cache have a class, a name, a code, and the reason of OpenSSL',
      broken: [HANDSHAKE, 'if (id === undefined || id === false) {', 'if (id === undefined) {'],
    },
    {
      id: 'X5',
      says: 'SSL_has_matching_session_id asks the internal cache, and no external one',
      test: 'manual/lookup › hasMatchingSessionId asks the cache, not the get callback',
      broken: [CACHE, '!engine.isLocked && engine.find(id, protocolVersion, length) !== 0', 'this.findSession(id, { protocolVersion }) !== undefined'],
    },
  ]),
]; // prettier-ignore

import type { MISS_CAUSES, REMOVAL_CAUSES } from '../core/abi.generated.ts';
import type { WasmModule } from '../core/wasm.ts';
import type { SessionCache } from './cache.ts';
import type { PROFILES } from './profiles.ts';
import type { Seconds } from '../checks.ts';
import type { Session } from '../session/session.ts';

/**
 * Decides where OpenSSL's manual pages and its code differ: `manual` does what the pages promise,
 * `openssl-3.0` what libssl 3.0 does. docs/compatibility.md lists every difference.
 */
export type Profile = keyof typeof PROFILES;

/** The options of `new SessionCache`. */
export interface SessionCacheOptions {
  /** `SessionCacheMode` flags. Default: `SERVER`. */
  mode?: number | undefined;
  /** Most sessions; 0: no limit. Default: 20,480. */
  size?: number | undefined;
  /**
   * Lifetime of sessions made by `createSession`, in seconds. Default: 300 (`openssl-3.0`: 7,200).
   */
  timeout?: Seconds | undefined;
  /** Context of sessions and connections that name none, 0 to 32 bytes. Default: empty. */
  sessionIdContext?: Uint8Array | undefined;
  /** SSL_VERIFY_PEER: clients are asked for certificates. Default: false. */
  verifyPeer?: boolean | undefined;
  /**
   * The clock: whole seconds since the epoch. Default: that of `Date`, read once per second. While
   * code runs without returning to the event loop, a new second may be noticed up to 32 lookups
   * late.
   */
  now?: (() => number) | undefined;
  /** Default: `manual`. */
  profile?: Profile | undefined;
  /** Limit of the bytes that sessions count for (`stats().bytes`); 0: no limit. Default: 0. */
  maxBytes?: number | undefined;
  /**
   * Limit of the whole Wasm memory, in bytes, 262,144 or more. If a session does not fit, those
   * that expire first are evicted until it does. Default: 1.25 × `maxBytes` + 524,288, for free
   * blocks and the index; without `maxBytes`, the 4 GiB that Wasm allows.
   */
  maxMemory?: number | undefined;
  /**
   * Seconds after which a session is dropped however often it is renewed; `Infinity`: no such
   * limit. Default: 86,400 up to TLS 1.2 (RFC 5246 F.1.4) and 604,800 for TLS 1.3 (RFC 8446
   * §4.6.1); in `openssl-3.0` none.
   */
  maxLifetime?: number | { tls12?: number | undefined; tls13?: number | undefined } | undefined;
  /** 16 random bytes, the key of the hash. Default: from the platform. Give it only in tests. */
  seed?: Uint8Array | undefined;
  /** A compiled core to use instead of the embedded one, such as that of `sesscache/core.wasm`. */
  module?: WasmModule | undefined;
}

/**
 * The fields that the cache reads of your connection object, where present. Callbacks get the
 * object itself.
 */
export interface Connection {
  /** Protocol version on the wire. Default: 0x0303. */
  protocolVersion?: number | undefined;
  /** Default: the cache's. */
  sessionIdContext?: Uint8Array | undefined;
  /** Default: the cache's. */
  verifyPeer?: boolean | undefined;
  /** Whether the ClientHello offers extended master secret. Undefined: that test is skipped. */
  extendedMasterSecret?: boolean | undefined;
}

/** Any object of yours: a socket, say. The fields of Connection are read where it has them. */
export type AnyConnection = Connection | object;

/** Which end of a handshake. */
export type Role = 'server' | 'client';

/** Why a session left the cache. */
export type RemovalCause = (typeof REMOVAL_CAUSES)[number];

/** Why a lookup ended without a session. */
export type MissCause = (typeof MISS_CAUSES)[number];

// The connection of a callback is the very object that the caller passed, whatever its type.

/**
 * Called with each session that a handshake made. `false` refuses it: it leaves the cache at once
 * (profile `openssl-3.0`: it stays).
 *
 * @see SSL_CTX_sess_set_new_cb(3)
 */
export type NewSessionCallback = (connection: any, session: Session) => boolean | void;

/**
 * Called with each session that leaves the cache, except one that is replaced by another of the
 * same id and version.
 *
 * @see SSL_CTX_sess_set_remove_cb(3)
 */
export type RemoveSessionCallback = (
  cache: SessionCache,
  session: Session,
  cause: RemovalCause,
) => void;

/**
 * Called for a session that is not in the cache. May return a promise if the lookup is asynchronous
 * (`resumeSessionAsync`).
 *
 * @see SSL_CTX_sess_set_get_cb(3)
 */
export type GetSessionCallback = (
  connection: any,
  id: Uint8Array,
) => Session | undefined | null | Promise<Session | undefined | null>;

/**
 * Makes session ids. Gets 32 zero bytes, which it may fill and return whole or in part; or it
 * returns bytes of its own, 1 to 32. `false` or `undefined` fails.
 *
 * @see SSL_CTX_set_generate_session_id(3)
 */
export type GenerateSessionIdCallback = (
  connection: any,
  id: Uint8Array,
) => Uint8Array | false | undefined;

/** The options of `createSession`. */
export interface CreateSessionOptions {
  /**
   * The connection, whose protocol version, context and extended master secret the session gets.
   */
  connection?: AnyConnection | undefined;
  /** Default: from the generate callback, or 32 random bytes. */
  id?: Uint8Array | undefined;
  /** As of `new Session`. */
  data?: Uint8Array | undefined;
  /**
   * Time of the full handshake that the session goes back to, seconds since the epoch, 0 or more:
   * if its connection has resumed a session, the `authTime` of that one. Default: now.
   */
  authTime?: Seconds | undefined;
  /** Default: the connection's, or false. */
  extendedMasterSecret?: boolean | undefined;
  /** Default: false. */
  notResumable?: boolean | undefined;
  /** As of `new Session`. */
  tags?: readonly (string | Uint8Array)[] | undefined;
  /** As of `new Session`. */
  appData?: unknown;
}

/** The options of `finishHandshake`. */
export interface FinishHandshakeOptions {
  /** The session was resumed, not made. Default: false. */
  resumed?: boolean | undefined;
  /** Client: a session id was offered to the server. Default: `resumed`. */
  offered?: boolean | undefined;
  /**
   * The handshake failed: nothing is stored, and only a client's miss is counted (profile
   * `openssl-3.0`). Default: false.
   */
  failed?: boolean | undefined;
  /**
   * The handshake has been counted already, and this is a further session of it: TLS 1.3 makes one
   * for each ticket. Default: false.
   */
  further?: boolean | undefined;
  /** Passed to the callbacks; its `verifyPeer` is used too. */
  connection?: AnyConnection | undefined;
}

/** Counters and sizes. The first twelve are OpenSSL's, see SSL_CTX_sess_number(3). */
export interface SessionCacheStats {
  /** Sessions in the cache. */
  number: number;
  /** Client handshakes begun. */
  connect: number;
  /** Client handshakes finished. */
  connectGood: number;
  /** Client renegotiations begun. */
  connectRenegotiate: number;
  /** Server handshakes begun. */
  accept: number;
  /** Server handshakes finished. */
  acceptGood: number;
  /** Server renegotiations begun. */
  acceptRenegotiate: number;
  /** Sessions resumed. */
  hits: number;
  /** Sessions that the get callback supplied. */
  cbHits: number;
  /** Lookups whose id was not in the cache. */
  misses: number;
  /** Sessions found expired. */
  timeouts: number;
  /** Sessions evicted to make room. */
  cacheFull: number;
  /**
   * Bytes that the sessions count for, which `maxBytes` limits: their size if each were stored
   * whole or, if larger, the blocks in use for them beyond the first 65,536 bytes.
   */
  bytes: number;
  /** Bytes of Wasm memory in use. It never shrinks; memory of sessions that have left is reused. */
  memory: number;
  /** Bytes of Wasm memory reserved; those beyond `memory` have never been touched. */
  reserved: number;
  /** Lookups that ended without a session, by cause. */
  missCauses: Record<MissCause, number>;
  /** Sessions that left, by cause. */
  removals: Record<RemovalCause, number>;
  /** Ages of sessions when resumed: `[0]` below 1 s, `[i]` from 2^(i-1) to below 2^i seconds. */
  resumptionAges: number[];
}

// node-forge as this adapter sees it. Structural: nothing here needs node-forge or its types.

import type { Role } from '../index.ts';

/** A session as forge keeps it. Strings hold a byte in each character. */
export interface ForgeSession {
  id: string;
  version: { major: number; minor: number };
  /** Security parameters. A connection changes them while it lives. */
  sp: ForgeSecurityParameters;
}

export interface ForgeSecurityParameters {
  entity: number;
  prf_algorithm: number;
  compression_algorithm: number;
  master_secret: string | null;
  [field: string]: unknown;
}

/** What the adapter uses of the connection that `forge.tls.createConnection` returns. */
export interface ForgeConnection {
  sessionCache: any;
  session: any;
  handshakes: number;
  handshaking: boolean;
  connected: (connection: any) => void;
  error: (connection: any, error: any) => void;
}

/** What `forgeSessionCache` takes. */
export interface ForgeSessionCacheOptions {
  /** Which end of the connections uses it. */
  role: Role;
  /**
   * Clients, and only they: whom they connect to, and all that decides whether that peer is
   * trusted, such as `'example.org:443'`; 1 to 1,024 bytes, a string stands for its UTF-8. Forge
   * asks for a session without saying for whom, so each peer needs an adapter of its own.
   * Verification belongs here or into `sessionIdContext`: forge verifies nobody when it resumes.
   */
  peer?: string | Uint8Array | undefined;
  /** Context under which sessions are kept and found, 0 to 32 bytes. Default: the cache's. */
  sessionIdContext?: Uint8Array | undefined;
  /** Tags of the sessions, for `cache.revoke`: as of `new Session`. Default: none. */
  tags?: readonly (string | Uint8Array)[] | undefined;
  /** Told of whatever the cache or one of its callbacks throws. Default: it is only counted. */
  onError?: ((error: unknown) => void) | undefined;
}

/** What the cache's callbacks get as their connection. */
export interface ForgeConnectionInfo {
  /**
   * Of a lookup: one that the session may have. Forge does not say what the hello offers, so the
   * get callback is asked for each version until it has an answer.
   */
  protocolVersion: number;
  sessionIdContext?: Uint8Array;
  /** The connection itself, if it is watched. */
  connection: ForgeConnection | undefined;
}

/** Why forge was given no session. */
export type ForgeMissCause = 'blank' | 'absent' | 'inUse' | 'unreadable' | 'error';

/** Why a session was not kept. */
export type ForgeRefusalCause = 'unfinished' | 'unreadable' | 'cacheOff' | 'error';

/** Counters of one adapter. */
export interface ForgeStats {
  /** Handshakes that forge said it had finished: at once if watched, else when closed. */
  handshakes: { full: number; resumed: number };
  /** Sessions handed to forge. */
  hits: number;
  /** Questions that were answered with no session, by cause. */
  misses: Record<ForgeMissCause, number>;
  /** Sessions that were kept. */
  stored: number;
  /** Sessions that were not kept, by cause. */
  notStored: Record<ForgeRefusalCause, number>;
  /** Sessions dropped because a watched connection failed. */
  dropped: number;
  /** What the cache, or a callback of it, threw. */
  errors: number;
}

/** The `sessionCache` that `forge.tls.createConnection` takes. */
export interface ForgeSessionCache {
  /** Forge asks. Never throws. `any`: forge's own types describe another object. */
  getSession(sessionId?: string): any;
  /** Forge closes a connection. Never throws. */
  setSession(sessionId: string, session: any): void;
  /**
   * Follows a connection: its session is kept as soon as its handshake is finished and not only
   * when it is closed, never if it is closed before that, and dropped if the connection fails. Call
   * it before the handshake; the connection then needs no `sessionCache` option.
   *
   * @returns the connection.
   */
  watch<C extends ForgeConnection>(connection: C): C;
  stats(): ForgeStats;
  /** Forge takes an object for a session cache only if it has this. */
  readonly order: [string];
  /** Only for forge's types: always empty. */
  readonly cache: Record<string, never>;
  /** The size of the cache. */
  readonly capacity: number;
}

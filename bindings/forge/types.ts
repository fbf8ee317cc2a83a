// The parts of node-forge that this adapter uses, as structural types: node-forge is not needed.

import type { Role } from '../index.ts';

/** A session in forge's form. Each character of a string is a byte. */
export interface ForgeSession {
  id: string;
  version: { major: number; minor: number };
  /** Security parameters. A connection changes them during its life. */
  sp: ForgeSecurityParameters;
}

export interface ForgeSecurityParameters {
  entity: number;
  prf_algorithm: number;
  compression_algorithm: number;
  master_secret: string | null;
  [field: string]: unknown;
}

/** The members of forge's connections that the adapter uses. */
export interface ForgeConnection {
  sessionCache: any;
  session: any;
  handshakes: number;
  handshaking: boolean;
  connected: (connection: any) => void;
  error: (connection: any, error: any) => void;
}

/** Options of `forgeSessionCache`. */
export interface ForgeSessionCacheOptions {
  /** Which end of the connections this is. */
  role: Role;
  /**
   * For clients only, and required there: the peer and everything that decides whether it is
   * trusted, such as `'example.org:443'`; 1 to 1,024 bytes, a string as UTF-8. Forge does not name
   * the peer when it asks for a session, so each peer needs a separate adapter. Include the
   * verification settings here or in `sessionIdContext`, because forge does not verify the peer
   * when it resumes.
   */
  peer?: string | Uint8Array | undefined;
  /** Session id context of stored and resumed sessions, 0 to 32 bytes. Default: the cache's. */
  sessionIdContext?: Uint8Array | undefined;
  /** Tags of stored sessions, for `cache.revoke`, as in `new Session`. Default: none. */
  tags?: readonly (string | Uint8Array)[] | undefined;
  /** Called with errors of the cache and its callbacks. Default: they are only counted. */
  onError?: ((error: unknown) => void) | undefined;
}

/** The connection that the cache's callbacks receive. */
export interface ForgeConnectionInfo {
  /**
   * In a lookup: a version that the session may have. Forge does not pass the versions of the
   * hello, so the get callback is called for each version until it returns a session.
   */
  protocolVersion: number;
  sessionIdContext?: Uint8Array;
  /** The connection itself, if it is watched. */
  connection: ForgeConnection | undefined;
}

/** Why forge received no session. */
export type ForgeMissCause = 'blank' | 'absent' | 'inUse' | 'unreadable' | 'error';

/** Why a session was not stored. */
export type ForgeRefusalCause = 'unfinished' | 'unreadable' | 'cacheOff' | 'error';

/** Counters of one adapter. */
export interface ForgeStats {
  /** Finished handshakes: counted at once if watched, otherwise when the connection closes. */
  handshakes: { full: number; resumed: number };
  /** Sessions passed to forge. */
  hits: number;
  /** Lookups without a session, by cause. */
  misses: Record<ForgeMissCause, number>;
  /** Sessions that were stored. */
  stored: number;
  /** Sessions that were not stored, by cause. */
  notStored: Record<ForgeRefusalCause, number>;
  /** Sessions dropped because a watched connection failed. */
  dropped: number;
  /** Errors of the cache and its callbacks. */
  errors: number;
}

/** The `sessionCache` that `forge.tls.createConnection` takes. */
export interface ForgeSessionCache {
  /** Called by forge for a session. Never throws. `any`: forge's types describe another object. */
  getSession(sessionId?: string): any;
  /** Called by forge when it closes a connection. Never throws. */
  setSession(sessionId: string, session: any): void;
  /**
   * Watches a connection: its session is stored as soon as the handshake has finished, instead of
   * when the connection closes, and removed if the connection fails. Call it before the handshake;
   * the connection then needs no `sessionCache` option.
   *
   * @returns the connection.
   */
  watch<C extends ForgeConnection>(connection: C): C;
  stats(): ForgeStats;
  /** Forge accepts an object as a session cache only if it has this. */
  readonly order: [string];
  /** Only for forge's types: always empty. */
  readonly cache: Record<string, never>;
  /** The size of the cache. */
  readonly capacity: number;
}

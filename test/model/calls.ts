// Calls as data, so that a sequence can be made from a seed, printed, and done twice: to the real
// cache and to the model.

import type { Connection, RemovalCause, Seconds, SessionOptions } from '../../bindings/index.ts';

/** Index of a session the sequence holds; SUBJECT is the one a callback was called with. */
export type Slot = number;
export const SUBJECT: Slot = -1;

export type Role = 'server' | 'client';

export type Call =
  | { op: 'new'; slot: Slot; options: SessionOptions }
  | { op: 'dup'; slot: Slot; to: Slot }
  | { op: 'create'; slot: Slot; connection: Connection; length: number; id: Uint8Array | false }
  | { op: 'add' | 'remove' | 'abort'; slot: Slot }
  | { op: 'removeById' | 'has'; id: Uint8Array; version: number }
  | { op: 'flush'; time?: Seconds; budget?: number }
  | { op: 'revoke'; tag: string; budget?: number }
  | { op: 'resume' | 'view'; id: Uint8Array; connection: Connection; to: Slot }
  | { op: 'start'; role: Role; renegotiation: boolean }
  | {
      op: 'finish';
      role: Role;
      slot: Slot | undefined;
      resumed: boolean;
      offered: boolean;
      failed: boolean;
      connection: Connection;
    }
  | { op: 'setTime' | 'setSessionTimeout'; slot: Slot; value: Seconds }
  | { op: 'setId' | 'setContext'; slot: Slot; bytes: Uint8Array }
  | { op: 'setVersion' | 'setAppData'; slot: Slot; value: number }
  | { op: 'setMode' | 'setSize'; value: number }
  | { op: 'setTimeout'; value: Seconds }
  | { op: 'setCacheContext'; bytes: Uint8Array }
  | { op: 'setVerify'; on: boolean }
  | { op: 'callbacks'; remove: boolean; new: boolean; get: boolean }
  /** What the get callback answers when asked for `id`. */
  | { op: 'external'; id: Uint8Array; slot: Slot | undefined }
  /** What the new callback answers from now on. */
  | { op: 'answer'; keep: boolean | undefined }
  | { op: 'clock'; now: number }
  /** Walks the cache; the nested calls are done when the first session has been seen. */
  | { op: 'iterate' }
  | { op: 'throw' }
  | { op: 'close' };

/**
 * A call, and what the callbacks do that it leads to: each invocation takes the next of `nested`.
 */
export type Step = { call: Call; nested: Call[] };

export interface SessionLike {
  readonly serial: number;
  readonly id: Uint8Array;
  readonly data: Uint8Array;
  readonly protocolVersion: number;
  readonly sessionIdContext: Uint8Array;
  readonly time: Seconds;
  readonly timeout: Seconds;
  readonly extendedMasterSecret: boolean;
  readonly tags: readonly Uint8Array[];
  readonly isResumable: boolean;
  readonly isCached: boolean;
  appData: unknown;
  setTime(time: Seconds): boolean;
  setTimeout(timeout: Seconds): boolean;
  setId(id: Uint8Array): void;
  setSessionIdContext(context: Uint8Array): void;
  setProtocolVersion(version: number): void;
  dup(): SessionLike;
}

/** What the real cache and the model have in common. */
export interface CacheLike {
  addSession(session: SessionLike): boolean;
  removeSession(session: SessionLike): boolean;
  removeSessionById(id: Uint8Array, version?: number): boolean;
  flushSessions(time?: Seconds, options?: { budget?: number }): number;
  revoke(options: { tag: string | Uint8Array; budget?: number }): number;
  hasMatchingSessionId(id: Uint8Array, version?: number): boolean;
  createSession(options?: { connection?: Connection; data?: Uint8Array }): SessionLike;
  resumeSession(id: Uint8Array, connection?: Connection): SessionLike | undefined;
  viewSession(id: Uint8Array, connection?: Connection): SessionLike | undefined;
  startHandshake(role: Role, options?: { renegotiation?: boolean }): void;
  finishHandshake(
    role: Role,
    session: SessionLike | undefined,
    options?: {
      resumed?: boolean;
      offered?: boolean;
      failed?: boolean;
      connection?: Connection;
    },
  ): void;
  abortSession(session: SessionLike): void;
  setSessionCacheMode(mode: number): number;
  setCacheSize(size: number): number;
  setTimeout(timeout: Seconds): Seconds;
  setSessionIdContext(context: Uint8Array): void;
  setVerifyPeer(on: boolean): void;
  setNewSessionCallback(
    fn: ((connection: never, session: never) => boolean | void) | undefined,
  ): void;
  setRemoveSessionCallback(
    fn: ((cache: never, session: never, cause: RemovalCause) => void) | undefined,
  ): void;
  setGetSessionCallback(fn: ((connection: never, id: Uint8Array) => never) | undefined): void;
  setGenerateSessionIdCallback(
    fn: ((connection: never, id: Uint8Array) => Uint8Array | false | undefined) | undefined,
  ): boolean;
  stats(): object;
  close(): void;
  [Symbol.iterator](): Iterator<SessionLike>;
}

/** One of the two implementations. */
export type Maker<Options> = {
  cache: (options: Options) => CacheLike;
  session: (options: SessionOptions) => SessionLike;
};

/** The call on one line; long bytes are abbreviated. */
export function describe(call: Call): string {
  return JSON.stringify(call, (_key, value: unknown) => {
    if (value instanceof Uint8Array) {
      return value.length > 40 ? `(${value.length} bytes)` : Buffer.from(value).toString('hex');
    }
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

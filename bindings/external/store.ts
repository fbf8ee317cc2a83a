// What a store has to be, wherever it keeps its values: another process, Redis, memory of this one.

/**
 * Longest that a store is asked to keep anything, ms: RFC 8446 §4.6.1 lets no session live longer.
 */
export const KEEP_MAX: number = 7 * 86_400_000;

/**
 * A key-value store that several processes share. `attachExternal` bounds how long it may take, and
 * takes whatever it throws, rejects or answers for a miss: a store need not be careful, only
 * honest.
 *
 * Keys are lower-case text without spaces, at most 100 characters; values 1 to 17,408 bytes. A
 * store keeps copies: the caller's bytes may be overwritten as soon as the promise is settled.
 */
export interface ExternalStore {
  /**
   * The value under a key; `null` or `undefined`: none. The result is the caller's to overwrite.
   */
  get(key: string): Promise<Uint8Array | null | undefined>;
  /**
   * Keeps a value for `ttlMs` milliseconds, a whole number of 1 or more; replaces what is there.
   */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<unknown>;
  /** Deletes a key. One that is not there is no error. */
  delete(key: string): Promise<unknown>;
  /**
   * Get and delete as one step: of any number of callers at most one is given the value. Needed for
   * sessions that may be used once only (stateful TLS 1.3), unless there are `add` and `replace`.
   */
  take?(key: string): Promise<Uint8Array | null | undefined>;
  /**
   * Keeps a value as `set` does, but only if there is none under the key, as one step. Resolves to
   * `false` if there was one; every other result means that the value is kept.
   *
   * `add` and `replace` are optional, and used only if a store has both. A removed or used session
   * then leaves a tombstone under its own key, which no late write of the session replaces. Without
   * them tombstones have keys of their own, and each session found costs one more `get`.
   */
  add?(key: string, value: Uint8Array, ttlMs: number): Promise<unknown>;
  /**
   * Puts a value in the place of the one under the key, which it returns, for as long as that one
   * had left. Keeps nothing and returns `null` or `undefined` if there is none. One step: of any
   * number of callers at most one is given the value that was there.
   */
  replace?(key: string, value: Uint8Array): Promise<Uint8Array | null | undefined>;
  /**
   * Carries removals to the other processes' caches. Without it they learn of none. A warning says
   * so, unless it is `null`: without a channel on purpose.
   */
  readonly channel?: Channel | null | undefined;
  /**
   * True: values never leave this process, or the processes of its `node:cluster`, whose primary
   * has started the others and is trusted by them. They may then be kept unsealed. Default: false.
   */
  readonly isLocal?: boolean | undefined;
}

/** Brings messages to every process that listens, at most once, in any order; it may lose some. */
export interface Channel {
  /** Sends to all subscribers, in other processes and in this one or not. At most 1 KiB. */
  publish(message: Uint8Array): Promise<unknown> | void;
  /** Calls `listener` with each message. Returns what ends that. */
  subscribe(listener: (message: Uint8Array) => void): () => void;
}

// The interface of a store, which may keep its values in another process, in Redis or in this
// process.

/**
 * Longest time that a store is asked to keep a value, ms: the longest lifetime of a session by RFC
 * 8446 §4.6.1.
 */
export const KEEP_MAX: number = 7 * 86_400_000;

/**
 * A key-value store that several processes share. A store may be slow, throw, reject or return
 * anything: `attachExternal` limits the time and turns all of that into a miss. It relies only on
 * what is called atomic below.
 *
 * Keys are lower-case text without spaces, at most 100 characters; values 1 to 17,408 bytes. A
 * store keeps copies: the caller's bytes may be overwritten as soon as the promise is settled.
 */
export interface ExternalStore {
  /** The value of a key; `null` or `undefined`: none. The caller may overwrite the result. */
  get(key: string): Promise<Uint8Array | null | undefined>;
  /**
   * Stores a value for `ttlMs` milliseconds, a whole number of 1 or more; replaces an existing
   * value.
   */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<unknown>;
  /** Deletes a key. A missing key is not an error. */
  delete(key: string): Promise<unknown>;
  /**
   * Gets and deletes as one atomic step: of several callers at most one gets the value. Required
   * for single-use sessions (stateful TLS 1.3), unless the store has `add` and `replace`.
   */
  take?(key: string): Promise<Uint8Array | null | undefined>;
  /**
   * Stores a value as `set` does, but only if the key has none, as one atomic step. Resolves to
   * `false` if there was one; every other result means that the value was stored.
   *
   * `add` and `replace` are optional, and used only if a store has both. A removed or used session
   * then leaves a tombstone under its own key, which no late write of the session replaces. Without
   * them tombstones have keys of their own, and each session found costs one more `get`.
   */
  add?(key: string, value: Uint8Array, ttlMs: number): Promise<unknown>;
  /**
   * Replaces the value of a key and returns the old one; the expiry stays. If there is none, stores
   * nothing and returns `null` or `undefined`. Atomic: of several callers at most one gets the old
   * value.
   */
  replace?(key: string, value: Uint8Array): Promise<Uint8Array | null | undefined>;
  /**
   * Carries removals to the caches of the other processes, which do not learn of them otherwise.
   * Without a channel there is a warning, unless this is `null`: none on purpose.
   */
  readonly channel?: Channel | null | undefined;
  /**
   * True: values never leave this process, or the processes of its `node:cluster`, whose primary
   * has started the others and is trusted by them. They may then be kept unsealed. Default: false.
   */
  readonly isLocal?: boolean | undefined;
}

/** Delivers messages to all subscribers, each at most once and in any order; some may be lost. */
export interface Channel {
  /** Sends to all subscribers, in other processes and in this one or not. At most 1 KiB. */
  publish(message: Uint8Array): Promise<unknown> | void;
  /** Calls `listener` with each message. Returns a function that ends the subscription. */
  subscribe(listener: (message: Uint8Array) => void): () => void;
}

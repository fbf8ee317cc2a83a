/** A cache of `size` sessions that live `seconds`. Methods that it does not support are absent. */
export interface Cache {
  add(id: Uint8Array, data: Uint8Array): void;
  /** Adds with a lifetime of its own. */
  addFor?(id: Uint8Array, data: Uint8Array, seconds: number): void;
  addToGroup?(id: Uint8Array, data: Uint8Array, group: string): void;
  /** Finds data that may be read at once. */
  view(id: Uint8Array): Uint8Array | undefined;
  /** Finds data that may be kept; the same function as `view` where both are one. */
  copy(id: Uint8Array): Uint8Array | undefined;
  remove?(id: Uint8Array): void;
  /** Drops expired sessions: at most `budget`, if it supports a limit. */
  purge?(budget?: number): number | void;
  /** Drops a group; returns the number. */
  revoke?(group: string): number;
  /** Drops all sessions: at most `budget`, if it supports a limit. */
  clear?(budget?: number): number | void;
  /** Sessions held. */
  count(): number;
  /** Bytes outside of JavaScript's heap and buffers. */
  memory?(): number;
  /** Frees memory that a garbage collection would not free at once. */
  close?(): void;
}

export interface Contender {
  /** The packages whose versions are printed; may be empty. */
  package: string;
  /** Whether it holds no more than `size`. */
  bounds: boolean;
  /** Whether it drops what is older than `seconds`. */
  expires: boolean;
  /**
   * Which session a full cache evicts: the one that expires first, or was added or used longest
   * ago.
   */
  evicts: 'expiry' | 'age' | 'none';
  /** How many sessions a server drops in one call, if there is a limit. */
  budget?: number;
  /** By how many milliseconds its clock may be late. */
  clockLag?: number;
  /** The most sessions at which it can be timed. */
  largest?: number;
  /** The same if lifetimes differ, where that is fewer. */
  largestMixed?: number;
  /** How it makes a string of an id, one of keys.js; absent: it needs none. */
  key?: string;
  make(size: number, seconds: number, key?: string): Promise<Cache>;
}

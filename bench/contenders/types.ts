/** A cache of `size` sessions that live `seconds`. What it cannot do is absent. */
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
  /** Drops what has expired: at most `budget`, where there is such a thing. */
  purge?(budget?: number): number | void;
  /** Drops a group; returns the number. */
  revoke?(group: string): number;
  /** Drops everything: at most `budget`, where there is such a thing. */
  clear?(budget?: number): number | void;
  /** Sessions held. */
  count(): number;
  /** Bytes outside of JavaScript's heap and buffers. */
  memory?(): number;
  /** Gives back what a garbage collection would not at once. */
  close?(): void;
}

export interface Contender {
  /** Whose version is printed; empty: none. */
  package: string;
  /** Whether it holds no more than `size`. */
  bounds: boolean;
  /** Whether it drops what is older than `seconds`. */
  expires: boolean;
  /** What leaves a full cache: that which expires first, or was added or used longest ago. */
  evicts: 'expiry' | 'age' | 'none';
  /** How many sessions a server has it drop in one call, if that can be said. */
  budget?: number;
  /** Milliseconds by which it may see its clock late. */
  clockLag?: number;
  /** The most sessions at which it can be timed. */
  largest?: number;
  /** The same where lifetimes differ, if that is fewer. */
  largestMixed?: number;
  /** How it makes a string of an id, one of keys.js; absent: it needs none. */
  key?: string;
  make(size: number, seconds: number, key?: string): Promise<Cache>;
}

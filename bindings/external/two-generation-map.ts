// What is remembered for a while, at most so much of it: two generations, of which the older goes
// when the younger is full. No step costs more the more there is.

export class TwoGenerationMap {
  readonly #most: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** Remembers the last `most / 2` at least, and never more than `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Notes a number under a key. */
  set(key: string, value: number): void {
    if (this.#young.size >= this.#most / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  get(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

// A bounded map that forgets the oldest keys: two generations, of which the older is dropped when
// the younger is full. Each step takes constant time.

export class TwoGenerationMap {
  readonly #most: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** Keeps at least the last `most / 2` keys, and at most `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Sets the number of a key. */
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

// The functions of the core as the bindings see them. The numbers of its memory, records, counters
// and results are in abi.generated.ts and fields/, which scripts/abi.js writes from
// assembly/abi.ts.

/** The exports of assembly/index.ts. Addresses arrive as signed numbers: use `>>> 0`. */
export type Core = {
  readonly memory: { readonly buffer: ArrayBuffer };
  init(quirks: number, maxPages: number): number;
  setMode(mode: number): void;
  setCapacity(capacity: number): void;
  setMaxBytes(bytes: number): void;
  setTimeout(): void;
  find(version: number, idLength: number): number;
  lookup(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    w4: number,
    w5: number,
    w6: number,
    w7: number,
    version: number,
    idLength: number,
    connection: number,
  ): number;
  checkEntry(at: number, version: number, connection: number): number;
  checkForeign(
    sameVersion: number,
    sameContext: number,
    hasExtms: number,
    connection: number,
  ): number;
  count(counter: number): void;
  addStaged(): number;
  evictExcess(anew: number): number;
  finishAdd(): void;
  detach(at: number, cause: number): void;
  release(at: number): void;
  removeStaged(): number;
  flush(cause: number, budget: number): number;
  revoke(length: number, budget: number): number;
  retime(at: number): number;
  rescope(at: number): number;
  decode(at: number): void;
  first(): number;
  next(at: number): number;
  cursorOf(at: number): void;
  firstAtCursor(): number;
  /** Debug build only: checks the numbered invariants. */
  validate?(): void;
};

// The parts of bench/ that tests use. They are plain JavaScript, as benchmark.js wants it.

/** See bench/contenders.js. */
export interface Cache {
  add(id: Uint8Array, data: Uint8Array): void;
  view(id: Uint8Array): Uint8Array | undefined;
  copy(id: Uint8Array): Uint8Array | undefined;
  count(): number;
}

export interface Contender {
  package: string;
  bounds: boolean;
  expires: boolean;
  make(size: number, seconds: number): Promise<Cache>;
}

export type Times = { view: number; copy: number; miss: number; add: number };
export type Figures = Record<string, Times[]>;
export type Ratio = { best: string; median: number; low: number; high: number };

interface Modules {
  'check.js': { check(contender: Contender): Promise<void> };
  'contenders.js': { contenders: Record<string, Contender> };
  'report.js': {
    median(values: number[]): number;
    ratios(figures: Figures): Record<string, Record<keyof Times, Ratio>>;
    report(figures: Figures): string;
  };
}

/** Imports a module of bench/. */
export function bench<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return import(new URL(`../../bench/${name}`, import.meta.url).href);
}

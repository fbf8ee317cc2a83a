// What the charts show: samples of the last minute, two a second.

import { signal } from '@preact/signals';
import type { SessionCacheStats } from 'sesscache';

const SAMPLES = 120;
export const SAMPLE_MS = 500;

/** Columns as a chart takes them: seconds ago, full and resumed handshakes a second, sessions. */
interface Columns {
  readonly full: readonly number[];
  readonly resumed: readonly number[];
  readonly sessions: readonly number[];
}

const ZEROS: readonly number[] = Array.from({ length: SAMPLES }, () => 0);
export const AGO: readonly number[] = ZEROS.map((_, i) => ((i + 1 - SAMPLES) * SAMPLE_MS) / 1000);

export class History {
  readonly columns = signal<Columns>({ full: ZEROS, resumed: ZEROS, sessions: ZEROS });
  #good = 0;
  #hits = 0;

  sample(stats: SessionCacheStats): void {
    const good = Math.max(0, stats.acceptGood - this.#good);
    const hits = Math.max(0, Math.min(good, stats.hits - this.#hits));
    this.#good = stats.acceptGood;
    this.#hits = stats.hits;
    const perSecond = 1000 / SAMPLE_MS;
    const { full, resumed, sessions } = this.columns.peek();
    this.columns.value = {
      full: [...full.slice(1), (good - hits) * perSecond],
      resumed: [...resumed.slice(1), hits * perSecond],
      sessions: [...sessions.slice(1), stats.number],
    };
  }

  clear(): void {
    this.#good = this.#hits = 0;
    this.columns.value = { full: ZEROS, resumed: ZEROS, sessions: ZEROS };
  }
}

// A histogram in the form in which prom-client reads metrics.

/** A sample, as prom-client has them. */
export interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

interface Series {
  labels: Record<string, string>;
  counts: number[];
  sum: number;
}

/** Most combinations of labels; further ones are left out. */
const SERIES_MAX = 256;

export class Histogram {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = bounds;
  }

  observe(labels: Record<string, string>, value: number): void {
    const key = Object.values(labels).join('\n');
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= SERIES_MAX) return;
      series = { labels, counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
      this.#series.set(key, series);
    }
    const at = this.#bounds.findIndex((bound) => value <= bound);
    series.counts[at === -1 ? this.#bounds.length : at]!++;
    series.sum += value;
  }

  values(more: Record<string, string>): Value[] {
    const values: Value[] = [];
    for (const { labels, counts, sum } of this.#series.values()) {
      const all = { ...labels, ...more };
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        const le = this.#bounds[i] ?? '+Inf';
        values.push({
          metricName: `${this.#name}_bucket`,
          labels: { le, ...all },
          value: total,
        });
      }
      values.push({ metricName: `${this.#name}_sum`, labels: all, value: sum });
      values.push({ metricName: `${this.#name}_count`, labels: all, value: total });
    }
    return values;
  }

  reset(): void {
    this.#series.clear();
  }
}

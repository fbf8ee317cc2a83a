// The charts, from the figures.

import { DATA_BYTES } from '../data/sessions.js';
import { measures } from '../runs/scale.js';
import { phases } from '../runs/memory.js';
import { titleOf } from '../workloads/index.js';
import { bars } from './charts/bars.js';
import { dots } from './charts/dots.js';
import { lines } from './charts/lines.js';
import { count, digits, milliseconds, short, time } from './format.js';
import { median, US } from './ratios.js';
import { density as recorded } from './recorded.js';

/** @typedef {import('./results.js').Results} Results */

const MIB = 2 ** 20;
const HARNESS = 'harness';

/**
 * A workload at 20,480 and a million sessions, or at the nearest sizes.
 * @param {Results} results
 * @param {string} workload
 * @returns {string | undefined}
 */
export function workloadChart(results, workload) {
  const sets = results.times.filter(({ length }) => length === DATA_BYTES);
  const small = sets.find(({ size }) => size === 20_480) ?? sets[0];
  const large = sets.find(({ size }) => size === 1_000_000) ?? sets.at(-1);
  if (!small || !large) return undefined;
  const of = (/** @type {typeof small} */ { figures }, /** @type {string} */ name) => {
    const values = figures[name]?.[workload];
    return values?.length ? median(values) : undefined;
  };
  const names = [...new Set(sets.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = names
    .filter((name) => name !== HARNESS)
    .map((name) => ({
      name,
      small: of(small, name),
      large: small === large ? undefined : of(large, name),
      ours: name === US,
    }))
    .toSorted((a, b) => weight(a) - weight(b));
  const kinds = /** @type {[string, string]} */ (small === large ? [`${short(small.size)} sessions`, ''] : [short(small.size), `${short(large.size)} sessions`]); // prettier-ignore
  return dots({ title: titleOf(workload), rows, format: time, kinds });
}

/** @param {import('./charts/dots.js').Row} row */
function weight({ large, small }) {
  return large ?? (small ?? Infinity) * 4;
}

/** @param {Results} results */
export function densityChart({ weights, versions }) {
  if (!weights) return undefined;
  const { figures } = weights;
  const measured = Object.entries(figures)
    .filter(([name]) => [US, 'OpenSSL', 'Map', 'lru-cache, ttl'].includes(name))
    .flatMap(([name, { linear, number, resident = 0 }]) => {
      const row = (/** @type {string} */ title, /** @type {number} */ bytes) => {
        const kind = /** @type {'ours' | 'other'} */ (name === US ? 'ours' : 'other');
        return { name: title, value: MIB / (bytes / number), kind };
      };
      if (linear) return [row(`${name}, counted`, linear), row(`${name}, resident`, resident)];
      const title = name === 'OpenSSL' ? (versions[name]?.split(' ').slice(0, 2).join(' ') ?? name) : name; // prettier-ignore
      return [row(title, resident)];
    });
  const others = recorded.map(({ name, perMiB }) => {
    return { name: `${name}*`, value: perMiB, kind: /** @type {const} */ ('recorded') };
  });
  const rows = [...measured, ...others].toSorted((a, b) => b.value - a.value);
  const about = `at ${short(weights.size)} sessions of 158 bytes; * recorded`;
  return bars({ title: 'Sessions in a MiB: more is better', about, rows, format: count });
}

/** @param {Results} results */
export function collectionCharts({ weights }) {
  if (!weights) return [];
  const rows = (/** @type {(weight: any) => number | undefined} */ pick) =>
    Object.entries(weights.figures)
      .flatMap(([name, found]) => {
        const large = pick(found);
        return large === undefined || large <= 0 ? [] : [{ name, large, ours: name === US }];
      })
      .toSorted((a, b) => a.large - b.large);
  const kinds = /** @type {[string, string]} */ (['', `${short(weights.size)} sessions`]);
  return [
    dots({
      title: 'Full garbage collection',
      rows: rows(({ major }) => major),
      format: milliseconds,
      kinds,
    }),
    dots({
      title: 'Longest minor collection while adding',
      rows: rows(({ minor }) => minor?.longest),
      format: milliseconds,
      kinds,
    }),
    dots({
      title: 'JavaScript heap per session, bytes',
      rows: rows(({ heap, number }) => (heap === undefined ? undefined : Math.max(1, heap / number))), // prettier-ignore
      format: digits,
      kinds,
    }),
  ];
}

/** @param {Results} results */
export function pauseCharts({ pauses }) {
  if (!pauses) return [];
  const { figures, met, size } = pauses;
  /** @type {[string, string]} */
  const kinds = met ? ['its own work', 'with what befell it'] : ['', `${short(size)} sessions`];
  return Object.entries(phases).flatMap(([phase, title]) => {
    // The others drop everything in one call.
    const least = (/** @type {Record<string, number[]> | undefined} */ byPhase) => {
      const values = byPhase?.[phase] ?? byPhase?.[phase.replace('Whole', '')];
      return values && Math.min(...values);
    };
    const rows = Object.entries(figures)
      .flatMap(([name, byPhase]) => {
        const own = least(byPhase);
        if (own === undefined) return [];
        const marks = met ? { small: own, large: least(met[name]) } : { large: own };
        return [{ own, name, ...marks, ours: name === US }];
      })
      .toSorted((a, b) => a.own - b.own);
    return [dots({ title: `Longest call: ${title}`, rows, format: milliseconds, kinds })];
  });
}

/** @param {Results} results */
export function scaleCharts({ scale }) {
  if (!scale) return [];
  const formats = { resident: count, major: milliseconds };
  return Object.entries(measures).flatMap(([measure, title]) => {
    const series = Object.entries(scale).flatMap(([name, all], colour) => {
      const points = all.flatMap((point) =>
        point[measure] > 0 ? [{ size: point.size, value: point[measure] }] : [],
      );
      return points.length > 0 ? [{ name, colour, points }] : [];
    });
    if (series.length === 0) return [];
    const format = formats[/** @type {keyof typeof formats} */ (measure)] ?? time;
    const [shown] = title.split(',');
    return [lines({ title: shown, series, format })];
  });
}

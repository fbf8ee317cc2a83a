// The figures for a terminal.

import { titleOf, workloads } from '../workloads/index.js';
import { groups, median, ratio, verdict } from './ratios.js';

/**
 * The lines: nanoseconds, then ratios, then a summary.
 * @param {import('./ratios.js').Figures} figures
 * @returns {string}
 */
export function times(figures) {
  const shown = Object.keys(workloads).filter((key) =>
    Object.values(figures).some((byWorkload) => byWorkload[key]?.length),
  );
  const titles = shown.map(titleOf);
  const rows = Object.entries(figures).map(([name, byWorkload]) =>
    [name].concat(shown.map((key) => (byWorkload[key] ? median(byWorkload[key]).toFixed(0) : ''))),
  );
  const parts = [table([['nanoseconds per session', ...titles], ...rows])];
  const compared = Object.keys(groups).filter((group) =>
    shown.some((key) => ratio(figures, key, group)),
  );
  if (compared.length > 0) {
    const ratios = compared.flatMap((group) => {
      const found = shown.map((key) => ratio(figures, key, group));
      return [
        [group, ...found.map((each) => (each ? `${each.median.toFixed(2)}×` : ''))],
        ['  lowest and highest round', ...found.map((each) => (each ? range(each) : ''))],
        ['  namely', ...found.map((each) => each?.best ?? '')],
      ];
    });
    parts.push(table([['sesscache is so fast against', ...titles], ...ratios]));
    parts.push(compared.map((group) => verdictLines(figures, group)).join('\n'));
  }
  return parts.join('\n\n');
}

/**
 * @param {import('./ratios.js').Figures} figures
 * @param {string} group
 */
function verdictLines(figures, group) {
  const lines = Object.entries(verdict(figures, group)).map(
    ([word, keys]) => `  ${word}: ${keys.map(titleOf).join('; ') || 'nothing'}`,
  );
  return [group, ...lines].join('\n');
}

/** @param {{ low: number, high: number }} ratio */
function range({ low, high }) {
  return `${low.toFixed(2)}–${high.toFixed(2)}`;
}

/**
 * Columns of equal width, the first one flush left.
 * @param {string[][]} rows
 * @returns {string}
 */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(([first, ...rest]) =>
      [first.padEnd(widths[0]), ...rest.map((cell, i) => cell.padStart(widths[i + 1]))].join('  '),
    )
    .join('\n');
}

// The figures as tables of HTML.

import { titleOf, workloads } from '../workloads/index.js';
import { digits, escape, time, times } from './format.js';
import { groups, median, ratio, US } from './ratios.js';

const VERDICTS = /** @type {const} */ ({
  aim: ['good', '✓ aim'],
  must: ['fair', '✓ must'],
  missed: ['bad', '✗ missed'],
});

/** @param {import('./targets.js').Row[]} rows */
export function targetTable(rows) {
  const body = rows.map(({ title, must, aim, reached, verdict }) => {
    const [kind, word] = VERDICTS[verdict];
    return [escape(title), must, aim, escape(reached), `<span class="${kind}">${word}</span>`];
  });
  return table(['', 'must', 'aim', 'reached', ''], body, 'targets');
}

/**
 * How many times as fast sesscache is, by workload and group.
 * @param {import('./ratios.js').Figures} figures
 */
export function ratioTable(figures) {
  const names = Object.keys(groups);
  const rows = Object.keys(workloads).flatMap((workload) => {
    if (!figures[US]?.[workload]) return [];
    const cells = names.map((group) => {
      const found = ratio(figures, workload, group);
      if (!found) return '';
      const { best, median: middle, low, high } = found;
      const [kind, sign] = low > 1 ? ['good', '▲'] : high < 1 ? ['bad', '▼'] : ['soft', '='];
      const range = `${best}, ${digits(low)}–${digits(high)}`;
      return `<span class="${kind}" title="${escape(range)}">${sign} ${times(middle)}</span>`;
    });
    return [[escape(titleOf(workload)), ...cells]];
  });
  return table(['', ...names], rows);
}

/**
 * Nanoseconds of everybody.
 * @param {import('./ratios.js').Figures} figures
 */
export function timesTable(figures) {
  const shown = Object.keys(workloads).filter((key) =>
    Object.values(figures).some((byWorkload) => byWorkload[key]?.length),
  );
  const rows = Object.entries(figures).map(([name, byWorkload]) =>
    [escape(name)].concat(
      shown.map((key) => (byWorkload[key] ? time(median(byWorkload[key])) : '')),
    ),
  );
  return table(['', ...shown.map(titleOf)], rows);
}

/**
 * @param {string[]} head
 * @param {string[][]} rows HTML
 * @param {string} [kind]
 */
export function table(head, rows, kind = '') {
  const titles = head.map((title) => `<th>${escape(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cellOf).join('')}</tr>`).join('');
  return `<div class="scroll" tabindex="0"><table class="${kind}"><thead><tr>${titles}</tr></thead><tbody>${body}</tbody></table></div>`;

  /**
   * A phone shows the heads beside the cells.
   * @param {string} content
   * @param {number} i
   */
  function cellOf(content, i) {
    return `<td${head[i] && content ? ` data-head="${escape(head[i])}"` : ''}>${content}</td>`;
  }
}

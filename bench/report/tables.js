// The figures as tables of HTML.

import { crowdWorkloads, titleOf, workloads } from '../workloads/index.js';
import { digits, escape, time, times } from './format.js';
import { losses, rowTitle } from './losses.js';
import { groups, isLike, median, ratio, US } from './ratios.js';

const BOUNDED = 'JS best that bounds';
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
 * The rows in which sesscache is slower, on the release of Node on which it is slowest.
 * @param {import('./results.js').Results} results
 */
export function lossTable(results) {
  const rows = losses(results).map(({ ratio: found, reason, set, workload }) => [
    escape(rowTitle(workload, set)),
    `<span class="bad" title="${escape(about(found))}">${times(found.median)}</span>`,
    escape(found.best),
    escape(found.release),
    escape(reason),
  ]);
  return table(['', 'as fast', 'as', 'on', 'because'], rows);
}

/**
 * How many times as fast sesscache is, by workload and group.
 * @param {import('./ratios.js').Figures} figures
 * @param {Record<string, { title: string }>} [rowsOf]
 */
export function ratioTable(figures, rowsOf = workloads) {
  const names = Object.keys(groups).filter((group) =>
    Object.keys(rowsOf).some((workload) => ratio(figures, workload, group)),
  );
  const rows = Object.entries(rowsOf).flatMap(([workload, { title }]) => {
    if (!figures[US]?.[workload]) return [];
    return [[escape(title), ...names.map((group) => cell(ratio(figures, workload, group)))]];
  });
  return table(['', ...names], rows);
}

/**
 * The ratios of all releases, and of Bun, against the best of JavaScript that bounds.
 * @param {import('./results.js').Results} results
 * @param {{ size: number, length: number, figures: import('./ratios.js').Figures }} set
 */
export function releaseTable({ machine, releases = [] }, set) {
  const columns = [
    { name: `Node ${String(machine['node']).slice(1)}`, figures: set.figures },
    ...releases.flatMap(({ name, times: sets }) => {
      const found = sets.find((each) => isLike(each, set));
      return found ? [{ name, figures: found.figures }] : [];
    }),
  ];
  const rows = Object.keys(workloads).flatMap((workload) => {
    const cells = columns.map(({ figures }) => cell(ratio(figures, workload, BOUNDED)));
    return cells.some(Boolean) ? [[escape(titleOf(workload)), ...cells]] : [];
  });
  return table(['', ...columns.map(({ name }) => name)], rows);
}

/**
 * Many caches in a process.
 * @param {NonNullable<import('./results.js').Results['crowds']>[number]} crowd
 */
export function crowdTable({ figures }) {
  const keys = Object.keys(crowdWorkloads);
  const rows = Object.entries(figures).map(([name, byWorkload]) =>
    [escape(name)].concat(
      keys.map((key) => (byWorkload[key] ? time(median(byWorkload[key])) : '')),
    ),
  );
  const against = keys.map((key) => cell(ratio(figures, key, BOUNDED)));
  const titles = keys.map((key) => crowdWorkloads[key].title);
  return table(['', ...titles], [...rows, [BOUNDED, ...against]]);
}

/** @param {import('./ratios.js').Ratio | undefined} found */
function cell(found) {
  if (!found) return '';
  const [kind, sign] =
    found.low > 1 ? ['good', '▲'] : found.high < 1 ? ['bad', '▼'] : ['soft', '='];
  const colour = found.median < 1 ? 'bad' : kind;
  return `<span class="${colour}" title="${escape(about(found))}">${sign} ${times(found.median)}</span>`;
}

/** @param {import('./ratios.js').Ratio} found */
function about({ best, low, high }) {
  return `${best}, ${digits(low)}–${digits(high)}`;
}

/**
 * Nanoseconds of all contenders.
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
   * Phones show the column heads beside the cells.
   * @param {string} content
   * @param {number} i
   */
  function cellOf(content, i) {
    return `<td${head[i] && content ? ` data-head="${escape(head[i])}"` : ''}>${content}</td>`;
  }
}

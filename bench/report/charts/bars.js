// Bars from 0, so that their lengths can be compared.

import { escape } from '../format.js';
import { linear } from './axis.js';
import { label, round, svg, WIDTH } from './svg.js';

const ROW = 22;
const TOP = 40;
const LEFT = 152;
const RIGHT = 48;

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.about
 * @param {{ name: string, value: number, kind: 'ours' | 'other' | 'recorded' }[]} chart.rows
 * @param {(value: number) => string} chart.format
 * @returns {string} an SVG element
 */
export function bars({ title, about, rows, format }) {
  const { at, ticks } = linear(rows.map(({ value }) => value), LEFT, WIDTH - RIGHT); // prettier-ignore
  const bottom = TOP + rows.length * ROW;
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${TOP - 4}" y2="${bottom}"/>` +
      label(at(tick), bottom + 14, format(tick), 'tick middle'),
  );
  const marks = rows.map(({ name, value, kind }, i) => {
    const y = TOP + i * ROW;
    const width = round(at(value) - LEFT);
    return `<g><title>${escape(`${name}: ${format(value)}`)}</title><rect class="${kind} bar" x="${LEFT}" y="${y + 3}" width="${width}" height="${ROW - 7}" rx="2"/>${label(LEFT - 8, y + 15, name, `end${kind === 'ours' ? ' strong' : ''}`)}${label(LEFT + width + 5, y + 15, format(value), 'value')}</g>`;
  });
  return svg(bottom + 20, title, [
    label(0, 13, title, 'title'),
    label(0, 30, about, 'tick'),
    ...grid,
    ...marks,
  ]);
}

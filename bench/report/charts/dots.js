// One row for each contender, a ring for a small and a disc for a large cache, on a scale where
// equal steps are equal factors. Bars would mislead: such a scale has no 0.

import { escape } from '../format.js';
import { logarithmic } from './axis.js';
import { label, svg, WIDTH } from './svg.js';

const ROW = 20;
const TOP = 40;
const LEFT = 108;
const RIGHT = 28;

/**
 * @typedef {{ name: string, small?: number | undefined, large?: number | undefined, ours?: boolean }} Row
 * @param {object} chart
 * @param {string} chart.title
 * @param {Row[]} chart.rows
 * @param {(value: number) => string} chart.format
 * @param {[small: string, large: string]} chart.kinds what ring and disc stand for
 * @returns {string} an SVG element
 */
export function dots({ title, rows, format, kinds }) {
  const shown = rows.filter(({ small, large }) => small !== undefined || large !== undefined);
  const values = shown.flatMap(({ small, large }) => [small, large]).filter((value) => value !== undefined); // prettier-ignore
  const { at, ticks } = logarithmic(values, LEFT, WIDTH - RIGHT);
  const bottom = TOP + shown.length * ROW;
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${TOP - 4}" y2="${bottom}"/>` +
      label(at(tick), bottom + 14, format(tick), 'tick middle'),
  );
  const marks = shown.map((row, i) => mark(row, TOP + (i + 0.5) * ROW, at, format));
  const legend = label(
    0,
    30,
    [kinds[0] && `○ ${kinds[0]}`, kinds[1] && `● ${kinds[1]}`].filter(Boolean).join(' \u2002'),
    'tick',
  );
  return svg(bottom + 20, title, [label(0, 13, title, 'title'), legend, ...grid, ...marks]);
}

/**
 * @param {Row} row
 * @param {number} y
 * @param {(value: number) => number} at
 * @param {(value: number) => string} format
 */
function mark({ name, small, large, ours }, y, at, format) {
  const kind = ours ? 'ours' : 'other';
  const said = [small, large].filter((value) => value !== undefined).map(format).join(' → '); // prettier-ignore
  const line =
    small === undefined || large === undefined
      ? ''
      : `<line class="${kind} span" x1="${at(small)}" x2="${at(large)}" y1="${y}" y2="${y}"/>`;
  const ring = small === undefined ? '' : `<circle class="${kind} ring" cx="${at(small)}" cy="${y}" r="4.5"/>`; // prettier-ignore
  const disc = large === undefined ? '' : `<circle class="${kind} disc" cx="${at(large)}" cy="${y}" r="5"/>`; // prettier-ignore
  const marked = [small, large].filter((each) => each !== undefined).map(at);
  const value = text(large ?? small ?? 0);
  const area = `<rect class="hit" x="0" y="${y - ROW / 2}" width="${WIDTH}" height="${ROW}"/>`;
  const title = label(LEFT - 10, y + 4, name, `end${ours ? ' strong' : ''}`);
  return `<g><title>${escape(`${name}: ${said}`)}</title>${area}${title}${line}${ring}${disc}${value}</g>`;

  /**
   * Right of the marks, or left where there is no room.
   * @param {number} shown
   */
  function text(shown) {
    const x = Math.max(...marked);
    if (x < WIDTH - 60) return label(x + 9, y + 4, format(shown), 'tick');
    return label(Math.min(...marked) - 9, y + 4, format(shown), 'tick end');
  }
}

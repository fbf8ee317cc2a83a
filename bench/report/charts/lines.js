// How a figure grows with the number of sessions: both axes in equal factors.

import { escape, short } from '../format.js';
import { logarithmic, logarithmicWithin } from './axis.js';
import { label, round, svg, WIDTH } from './svg.js';

const TOP = 44;
const BOTTOM = 230;
const LEFT = 54;
const RIGHT = 16;
/** So many names fit in a line of the legend. */
const PER_LINE = 3;

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {{ name: string, colour: number, points: { size: number, value: number }[] }[]} chart.series
 * @param {(value: number) => string} chart.format
 * @returns {string} an SVG element
 */
export function lines({ title, series, format }) {
  const all = series.flatMap(({ points }) => points);
  const x = logarithmicWithin(all.map(({ size }) => size), LEFT, WIDTH - RIGHT); // prettier-ignore
  const y = logarithmic(all.map(({ value }) => value), BOTTOM, TOP); // prettier-ignore
  const grid = [
    ...y.ticks.map(
      (tick) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y.at(tick))}" y2="${round(y.at(tick))}"/>` +
        label(LEFT - 6, y.at(tick) + 4, format(tick), 'tick end'),
    ),
    ...x.ticks.map((tick) => label(x.at(tick), BOTTOM + 16, short(tick), 'tick middle')),
  ];
  const paths = series.map(({ name, colour, points }) => {
    const path = points.map(({ size, value }) => `${round(x.at(size))},${round(y.at(value))}`).join(' '); // prettier-ignore
    const discs = points.map(
      ({ size, value }) =>
        `<circle class="series${colour} disc" cx="${round(x.at(size))}" cy="${round(y.at(value))}" r="3"><title>${escape(`${name}, ${short(size)} sessions: ${format(value)}`)}</title></circle>`,
    );
    return `<polyline class="series${colour} line" points="${path}"/>${discs.join('')}`;
  });
  const legend = series.map(({ name, colour }, i) => {
    const at = { x: (i % PER_LINE) * 125, y: BOTTOM + 38 + Math.floor(i / PER_LINE) * 16 };
    return `<circle class="series${colour} disc" cx="${at.x + 6}" cy="${at.y - 4}" r="4"/>${label(at.x + 15, at.y, name, 'value')}`;
  });
  const height = BOTTOM + 46 + Math.floor((series.length - 1) / PER_LINE) * 16;
  return svg(height, title, [
    label(0, 13, title, 'title'),
    label(0, 29, 'by sessions in the cache', 'tick'),
    ...grid,
    ...paths.toReversed(),
    ...legend,
  ]);
}

// The chart of the README: four panels in one SVG that follows the reader's light or dark.

import { DATA_BYTES } from '../data/sessions.js';
import { label, WIDTH } from './charts/svg.js';
import { densityChart, workloadChart } from './panels.js';
import { charts } from './style.js';

const GAP = 36;

/**
 * @param {import('./results.js').Results} results
 * @returns {string} an SVG file
 */
export function overview(results) {
  if (!results.times.some(({ length }) => length === DATA_BYTES)) throw new Error('no times');
  const panels = [
    workloadChart(results, 'view'),
    workloadChart(results, 'miss'),
    workloadChart(results, 'evict'),
    densityChart(results),
  ].filter((panel) => panel !== undefined);
  const heights = panels.map((panel) => Number(/height="(\d+)"/.exec(panel)?.[1]));
  const rowHeight = Math.max(...heights) + GAP / 2;
  const placed = panels.map((panel, i) => {
    const x = (i % 2) * (WIDTH + GAP);
    const y = Math.floor(i / 2) * rowHeight;
    return `<g transform="translate(${x + GAP / 2} ${y + GAP / 2})">${panel}</g>`;
  });
  const width = 2 * WIDTH + 2 * GAP;
  const bottom = Math.ceil(panels.length / 2) * rowHeight + GAP / 2;
  const { machine } = results;
  const caption = `further left is faster, equal steps are equal factors; Node ${machine.node}, ${machine.processor}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 24}" width="${width}" height="${bottom + 24}">
<style>${charts}</style>
<rect width="100%" height="100%" rx="8" fill="var(--paper)"/>
${placed.join('\n')}
<g class="chart">${label(GAP / 2, bottom + 8, caption, 'tick')}</g>
</svg>
`;
}

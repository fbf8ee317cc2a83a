// The figures of `npm run bench:clients` as a table for Markdown.

import { mean, medianRatioOf, ratioText } from '../paired/ratio.js';

const TITLES = ['full', 'resumed', 'share resumed', 'CPU full', 'against stock', 'CPU resumed', 'against stock', 'bytes full', 'bytes resumed']; // prettier-ignore

/**
 * Connections per second and client CPU in µs for each; its ratio to that of the stock client that
 * stands before it, with the interval of paired/ratio.js; bytes sent / received.
 * @param {string} version
 * @param {{ name: string, figures: any }[]} rows
 */
export function table(version, rows) {
  const cells = [[version.replace('v', ' '), ...TITLES]];
  let stock = rows[0].figures;
  for (const { name, figures } of rows) {
    const { full, resumed } = figures;
    const isStock = name.endsWith('stock');
    if (isStock) stock = figures;
    const against = (mode) =>
      isStock ? '' : ratioText(medianRatioOf(all(figures[mode], 'cpu'), all(stock[mode], 'cpu')));
    cells.push([
      name,
      `${whole(full, 'perSecond')}/s`,
      `${whole(resumed, 'perSecond')}/s`,
      `${Math.round(100 * mean(all(resumed, 'resumed')))} %`,
      whole(full, 'cpu'),
      against('full'),
      whole(resumed, 'cpu'),
      against('resumed'),
      bytes(full),
      bytes(resumed),
    ]);
  }
  const widths = cells[0].map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  const line = (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const [head, ...rest] = cells.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...rest].join('\n');
}

function whole(mode, name) {
  return String(Math.round(mean(all(mode, name))));
}

function bytes({ bytes: { sent, received } }) {
  return Number.isNaN(sent) ? 'none resumed' : `${Math.round(sent)} / ${Math.round(received)}`;
}

function all({ rounds }, name) {
  return rounds.map((round) => round[name]);
}

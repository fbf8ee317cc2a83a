// The figures of `npm run bench:clients` as a table for Markdown.

const TITLES = ['full', 'resumed', 'share resumed', 'CPU full', 'CPU resumed', 'bytes full', 'bytes resumed']; // prettier-ignore

/**
 * Connections per second, as medians; client CPU in µs for each; bytes sent / received.
 * @param {string} version
 * @param {{ name: string, figures: any }[]} rows
 */
export function table(version, rows) {
  const cells = [[version.replace('v', ' '), ...TITLES]];
  for (const { name, figures } of rows) {
    const { full, resumed } = figures;
    cells.push([
      name,
      `${whole(full, 'perSecond')}/s`,
      `${whole(resumed, 'perSecond')}/s`,
      `${Math.round(100 * median(resumed, 'resumed'))} %`,
      whole(full, 'cpu'),
      whole(resumed, 'cpu'),
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
  return String(Math.round(median(mode, name)));
}

function bytes({ bytes: { sent, received } }) {
  return Number.isNaN(sent) ? 'none resumed' : `${Math.round(sent)} / ${Math.round(received)}`;
}

function median({ rounds }, name) {
  const sorted = rounds.map((round) => round[name]).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

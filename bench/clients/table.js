// The figures of `npm run bench:clients` as a table for Markdown.

const TITLES = ['full', 'resumed', 'share resumed', 'CPU full', 'CPU resumed', 'bytes full', 'bytes resumed']; // prettier-ignore

/**
 * Connections per second and client CPU in µs for each, of the best round; bytes sent / received.
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
      `${Math.round(100 * mean(resumed, 'resumed'))} %`,
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

function whole({ rounds }, name) {
  const best = name === 'cpu' ? Math.min : Math.max; // what disturbs makes it worse only
  return String(Math.round(best(...rounds.map((round) => round[name]))));
}

function bytes({ bytes: { sent, received } }) {
  return Number.isNaN(sent) ? 'none resumed' : `${Math.round(sent)} / ${Math.round(received)}`;
}

function mean({ rounds }, name) {
  return rounds.reduce((sum, round) => sum + round[name], 0) / rounds.length;
}

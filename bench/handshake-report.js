// The figures of handshakes.js as the table of docs/node-servers.md.

/**
 * Microseconds per handshake, by round; empty: not done.
 * @typedef {Record<'full' | 'resumed' | 'ownFull' | 'ownResumed', number[]>} Figures
 */

/** @typedef {{ label: string, ways: Record<'none' | 'tickets' | 'map' | 'cache', Figures> }} Row */

const HEADER = [
  '',
  'stock, full',
  'tickets, resumed',
  '`Map`, resumed',
  '`sesscache/node`, full',
  'resumed',
  'of it the adapter, full',
  'resumed',
];

/**
 * A table in Markdown, of the best rounds.
 * @param {Row[]} rows
 * @returns {string}
 */
export function table(rows) {
  const cells = rows.map(({ label, ways: { none, tickets, map, cache } }) => {
    const figures = [none.full, tickets.resumed, map.resumed, cache.full, cache.resumed];
    return [label, ...[...figures, cache.ownFull, cache.ownResumed].map(best)];
  });
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column].length)),
  );
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join(
    '\n',
  );
}

/** @param {number[]} rounds */
function best(rounds) {
  return rounds.length === 0 ? '–' : Math.min(...rounds).toFixed(0);
}

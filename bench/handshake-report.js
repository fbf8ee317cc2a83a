// The figures of handshakes.js as the table of docs/node-servers.md.

/**
 * Microseconds per handshake, by round; empty: not done.
 * @typedef {Record<'full' | 'resumed' | 'ownFull' | 'ownResumed', number[]>} Figures
 */

/** @typedef {{ label: string, ways: Record<'none' | 'tickets' | 'map' | 'cache', Figures> & { before?: Figures } }} Row */

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
  return markdown([HEADER, ...cells]);
}

/**
 * What the adapter costs against what it stands in for, as a table in Markdown: resumed handshakes
 * against a Map in TLS 1.2 and stock tickets in TLS 1.3, and full ones against stock Node.
 * @param {Row[]} rows
 * @returns {string}
 */
export function ratios(rows) {
  const hasBefore = rows.some(({ ways }) => ways.before !== undefined);
  const states = hasBefore
    ? /** @type {const} */ (['before', 'cache'])
    : /** @type {const} */ (['cache']);
  const title = (/** @type {string} */ what) =>
    hasBefore ? [`${what}, before`, `${what}, now`] : [what];
  const header = ['', ...title('resumed'), 'against', ...title('full, against stock')];
  const cells = rows.map(({ label, ways }) => {
    const { none, tickets, map } = ways;
    const other = map.resumed.length > 0 ? map : tickets;
    return [
      label,
      ...states.map((state) => spread(ways[state]?.resumed ?? [], other.resumed)),
      other === map ? '`Map`' : 'tickets',
      ...states.map((state) => spread(ways[state]?.full ?? [], none.full)),
    ];
  });
  return markdown([header, ...cells]);
}

/**
 * The median of the ratios within each round, and the quartiles.
 * @param {number[]} ours
 * @param {number[]} others
 */
function spread(ours, others) {
  const sorted = ours.map((one, round) => one / (others[round] ?? NaN)).toSorted((a, b) => a - b);
  const at = (/** @type {number} */ part) =>
    (sorted[Math.round((sorted.length - 1) * part)] ?? NaN).toFixed(2);
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

/** @param {string[][]} rows the first is the header */
function markdown(rows) {
  const [header = [], ...cells] = rows;
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join(
    '\n',
  );
}

/** @param {number[]} rounds */
function best(rounds) {
  return rounds.length === 0 ? '–' : Math.min(...rounds).toFixed(0);
}

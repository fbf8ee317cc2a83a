// The figures of handshakes.js as the tables of docs/node-servers.md.

import { mean, ratioOf, ratioText } from './paired/ratio.js';

/** @typedef {import('./paired/rounds.js').Figures} Figures */

/**
 * `own`: microseconds per handshake within the adapter, as it counts them itself.
 * @typedef {object} Row
 * @property {string} label
 * @property {Record<string, Figures>} figures by way: see `waysOf` in handshakes.js
 * @property {Record<string, Record<'full' | 'resumed', number>>} own by way
 */

/**
 * Means, as a table in Markdown.
 * @param {Row[]} rows
 * @returns {string}
 */
export function table(rows) {
  const header = [
    '',
    'stock, full',
    'events that do nothing, full',
    '`sesscache/node`, full',
    'of it the adapter',
    'tickets, resumed',
    'a `Map`, resumed',
    '`sesscache/node`, resumed',
    'of it the adapter',
  ];
  const cells = rows.map(({ label, figures, own }) => {
    const { none, tickets, events, cache } = figures;
    return [
      label,
      meanOf(none.full),
      meanOf(events.full),
      meanOf(cache.full),
      own.cache.full.toFixed(0),
      meanOf(tickets.resumed),
      meanOf(leastOf(figures).resumed),
      meanOf(cache.resumed),
      own.cache.resumed.toFixed(0),
    ];
  });
  return markdown([header, ...cells]);
}

/**
 * The cost of the adapter beside the simplest replacement, as a table in Markdown.
 * @param {Row[]} rows
 * @returns {string}
 */
export function ratios(rows) {
  const hasBefore = rows.some(({ figures }) => figures.before !== undefined);
  const states = hasBefore ? ['before', 'cache'] : ['cache'];
  /** @type {[title: string, kind: 'full' | 'resumed', otherOf: (figures: any) => Figures][]} */
  const columns = [
    ['resumed / a `Map`', 'resumed', leastOf],
    ['resumed / tickets', 'resumed', ({ tickets }) => tickets],
    ['full / stock', 'full', ({ none }) => none],
    ['full / events', 'full', ({ events }) => events],
  ];
  const header = [''];
  for (const [title] of columns) {
    for (const state of states) {
      header.push(hasBefore ? `${title}, ${state === 'before' ? 'before' : 'now'}` : title);
    }
  }
  const cells = rows.map(({ label, figures }) => {
    const row = [label];
    for (const [, kind, otherOf] of columns) {
      for (const state of states) {
        row.push(ratioText(ratioOf(figures[state][kind], otherOf(figures)[kind])));
      }
    }
    return row;
  });
  return markdown([header, ...cells]);
}

/**
 * The simplest program that resumes in the version: Node's events and a Map, in TLS 1.3 with a
 * reader.
 */
function leastOf(/** @type {any} */ { map, reader }) {
  return map ?? reader;
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

/** @param {number[]} figures */
function meanOf(figures) {
  return mean(figures).toFixed(0);
}

// Importing the package and making a first cache, in processes that do nothing else.

import { table } from '../report/text.js';
import { startChild } from '../measure/child.js';

/** The module to import, and what the program has imported before. */
const STARTS = {
  sesscache: ['sesscache'],
  'sesscache, node:tls loaded': ['sesscache', 'node:tls'],
  'lru-cache': ['lru-cache'],
};

/**
 * @typedef {{ milliseconds: number[], besides: Record<string, number[]> }} Starts `besides`: other
 *   starts, and an empty module
 * @param {number} count
 * @returns {Starts}
 */
export function timeStarts(count) {
  /** @type {Record<string, number[]>} */
  const found = {};
  for (let round = 0; round < count; round++) {
    for (const [title, args] of Object.entries(STARTS)) {
      const { empty, milliseconds } = startChild(args);
      (found[title] ??= []).push(milliseconds);
      if (title === 'sesscache') (found['an empty module'] ??= []).push(empty);
    }
  }
  const least = (/** @type {number[]} */ values) => Math.min(...values).toFixed(1);
  const middle = (/** @type {number[]} */ values) =>
    values.toSorted((a, b) => a - b)[values.length >>> 1].toFixed(1);
  const rows = Object.entries(found).map(([title, all]) => [title, least(all), middle(all)]);
  console.log(`\nimport and first cache, milliseconds, ${count} processes each\n`);
  console.log(table([['', 'least', 'median'], ...rows]));
  const { sesscache: milliseconds, ...besides } = found;
  return { milliseconds, besides };
}

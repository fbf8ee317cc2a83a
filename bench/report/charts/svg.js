// Shared by all charts. They are narrow, so that a phone shows them in their own size and a
// wide window several side by side; colours are in ../style.js.

import { escape } from '../format.js';

export const WIDTH = 380;

/**
 * @param {number} height
 * @param {string} title
 * @param {string[]} parts
 */
export function svg(height, title, parts) {
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">${parts.join('')}</svg>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} kind classes
 */
export function label(x, y, text, kind) {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escape(text)}</text>`;
}

/** @param {number} value */
export function round(value) {
  return Math.round(value * 10) / 10;
}

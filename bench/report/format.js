// Numbers and text for people.

/** @param {number} value nanoseconds */
export function time(value) {
  if (value < 1000) return `${digits(value)} ns`;
  return value < 1e6 ? `${digits(value / 1000)} µs` : milliseconds(value / 1e6);
}

/** @param {number} value milliseconds */
export function milliseconds(value) {
  if (value < 1) return `${digits(value * 1000)} µs`;
  return value < 1000 ? `${digits(value)} ms` : `${digits(value / 1000)} s`;
}

/** @param {number} value */
export function count(value) {
  return Math.round(value).toLocaleString('en-US');
}

/** Sessions on an axis: 1k, 1M. @param {number} value */
export function short(value) {
  if (value >= 1e6) return `${digits(value / 1e6)}M`;
  return value >= 1000 ? `${digits(value / 1000)}k` : String(value);
}

/** @param {number} value how many times as fast */
export function times(value) {
  return `${value < 0.1 ? value.toFixed(3) : digits(value)}×`;
}

/** Two or three digits that count. @param {number} value */
export function digits(value) {
  if (value >= 100) return count(value);
  return value >= 10 ? String(Number(value.toFixed(1))) : String(Number(value.toFixed(2)));
}

/**
 * Text for HTML and SVG.
 * @param {unknown} text
 */
export function escape(text) {
  return String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

// The position of a value on an axis, and the positions of its labels.

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} at
 * @property {number[]} ticks
 */

/**
 * Whole powers of ten around the values: equal steps are equal factors.
 * @param {number[]} values above 0
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export function logarithmic(values, start, end) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const per = (end - start) / (high - low);
  return {
    at: (value) => start + (Math.log10(value) - low) * per,
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
  };
}

/**
 * From the least value to the greatest, equal steps equal factors, with powers of ten written.
 * @param {number[]} values above 0
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export function logarithmicWithin(values, start, end) {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values));
  const per = (end - start) / (high - low || 1);
  const first = Math.ceil(low);
  return {
    at: (value) => start + (Math.log10(value) - low) * per,
    ticks: Array.from({ length: Math.floor(high) - first + 1 }, (_, i) => 10 ** (first + i)),
  };
}

/**
 * From 0 on: lengths may be compared.
 * @param {number[]} values
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export function linear(values, start, end) {
  const most = Math.max(...values);
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((each) => most / each <= 5) ?? most; // prettier-ignore
  const top = Math.ceil(most / step) * step;
  return {
    at: (value) => start + (value / top) * (end - start),
    ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step),
  };
}

// Statistics of paired figures, on a machine that does other work too.

const RESAMPLES = 1000;

/** @typedef {{ ratio: number, low: number, high: number }} Ratio */

/**
 * The ratio of the sums of two rows of figures, whose members at one place were taken side by side.
 * `low` and `high`: the middle 95 % of the same ratio when rounds are drawn at random, with
 * replacement (the bootstrap of percentiles). What disturbs a round disturbs both its figures, and
 * is in both sums.
 * @param {readonly number[]} ours
 * @param {readonly number[]} others as many
 * @returns {Ratio}
 */
export function ratioOf(ours, others) {
  const { length } = ours;
  if (length === 0 || length !== others.length) throw new RangeError('no pairs to compare');
  const random = randomFrom(length);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    let [top, bottom] = [0, 0];
    for (let i = 0; i < length; i++) {
      const at = Math.floor(random() * length);
      top += ours[at];
      bottom += others[at];
    }
    return top / bottom;
  }).toSorted((a, b) => a - b);
  const at = (/** @type {number} */ part) => resampled[Math.round(part * (RESAMPLES - 1))];
  return { ratio: sum(ours) / sum(others), low: at(0.025), high: at(0.975) };
}

/**
 * The median of the ratios of the pairs. A few rounds that other work of the machine has disturbed
 * do not move it, as they do a sum; what only a few rounds pay, such as a long garbage collection,
 * is not in it either. `low` and `high`: the order statistics that hold the median of all such
 * pairs in 95 % of cases.
 * @param {readonly number[]} ours
 * @param {readonly number[]} others as many
 * @returns {Ratio}
 */
export function medianRatioOf(ours, others) {
  const { length } = ours;
  if (length === 0 || length !== others.length) throw new RangeError('no pairs to compare');
  const ratios = ours.map((figure, at) => figure / others[at]).toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(length);
  const at = (/** @type {number} */ place) =>
    ratios[Math.min(length - 1, Math.max(0, Math.round(place)))];
  const middle = (length - 1) / 2;
  return { ratio: at(middle), low: at(middle - reach), high: at(middle + reach) };
}

/**
 * As `1.03 (1.02–1.04)`.
 * @param {Ratio} ratio
 */
export function ratioText({ ratio, low, high }) {
  return `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** @param {readonly number[]} figures */
export function mean(figures) {
  return sum(figures) / figures.length;
}

/**
 * A random order of `items`, so that each round has another sequence.
 * @template Item
 * @param {readonly Item[]} items
 * @param {() => number} random
 * @returns {Item[]}
 */
export function shuffled(items, random) {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/**
 * Random numbers in [0, 1) that are the same in each run (mulberry32).
 * @param {number} seed
 * @returns {() => number}
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {readonly number[]} figures */
function sum(figures) {
  return figures.reduce((total, figure) => total + figure, 0);
}

/**
 * A count from the command line.
 * @param {string} value
 * @param {string} option such as `--rounds`
 * @param {number} least
 * @returns {number}
 * @throws {Error} naming the option
 */
export function countFrom(value, option, least) {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new Error(`${option} expected an integer >= ${least}, got ${value}`);
}

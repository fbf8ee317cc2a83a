// Two clocks: the one that measures, and the one that the caches read, which can be put forward so
// that nobody has to wait for sessions to expire. They read theirs where they always do.

const { performance } = globalThis;
const realNow = performance.now.bind(performance);
const realDate = Date.now.bind(Date);

let ahead = 0; // milliseconds

export const clock = {
  /** Milliseconds, never put forward. */
  now: realNow,

  /**
   * Puts the clock of the caches forward, from now on for good.
   * @param {number} seconds
   */
  advance(seconds) {
    if (ahead === 0) {
      performance.now = () => realNow() + ahead;
      Date.now = () => realDate() + ahead;
    }
    ahead += seconds * 1000;
  },
};

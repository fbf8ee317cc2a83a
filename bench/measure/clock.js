// Two clocks: one that measures, and one that the caches read. The latter can be put forward, so
// that sessions expire without a wait; the caches read it through `Date` and `performance` as
// always.

/** Set by `--processor-time`: CPU time of this process, without its waits for a processor. */
export const PROCESSOR_TIME = 'SESSCACHE_BENCH_PROCESSOR_TIME';

const { performance } = globalThis;
const realNow = performance.now.bind(performance);
const realDate = Date.now.bind(Date);

let ahead = 0; // milliseconds

/** CPU time of all threads of this process in milliseconds, the collector's included. */
function processorTime() {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1000;
}

const inProcessorTime = process.env[PROCESSOR_TIME] !== undefined;

// benchmark.js takes its clock from here when it is loaded.
if (inProcessorTime) {
  const hrtime = (/** @type {[number, number]} */ [seconds, nanoseconds] = [0, 0]) => {
    const now = processorTime() - seconds * 1000 - nanoseconds / 1e6;
    return [Math.floor(now / 1000), Math.round((now % 1000) * 1e6)];
  };
  Object.defineProperty(process, 'hrtime', { value: hrtime });
}

export const clock = {
  /** Milliseconds, never put forward. */
  now: inProcessorTime ? processorTime : realNow,

  /**
   * Puts the clock of the caches forward; it cannot be put back.
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

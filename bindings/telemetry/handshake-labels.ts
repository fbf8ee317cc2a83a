// What both adapters say of a handshake, and where the buckets of their histograms end.

/** Seconds that a handshake takes. */
export const DURATIONS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
/** Seconds that a store takes to answer; lookups give up after 0.025 unless told otherwise. */
export const STORE_DURATIONS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];
/**
 * Seconds since the full handshake: ten seconds, a minute, five, ten, half an hour, one, two, six,
 * a day, a week.
 */
export const AGES: readonly number[] = [1, 10, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800]; // prettier-ignore

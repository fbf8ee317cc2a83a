// The labels that both metrics adapters give a handshake, and the limits of histogram buckets.

/** Limits for the duration of a handshake, in seconds. */
export const DURATIONS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
/** Limits for the time of a store's answer, in seconds. By default lookups end after 0.025. */
export const STORE_DURATIONS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];
/**
 * Limits for the time since the full handshake, in seconds: from a second to a week.
 */
export const AGES: readonly number[] = [1, 10, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800]; // prettier-ignore

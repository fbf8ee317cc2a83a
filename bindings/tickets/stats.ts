// The counters of attached ticket keys.

/**
 * Where the keys come from at the moment:
 *
 * - `starting`: not known yet, for some milliseconds after the first call in a process;
 * - `callback`: Node asks for a key with each ticket, and all keys of the ring are accepted;
 * - `setTicketKeys`: this runtime has no such callback, and only the present key is accepted.
 */
export type TicketKeysMode = 'starting' | 'callback' | 'setTicketKeys';

/** Age of an accepted ticket's key, in periods. `next`: made by a host whose clock is ahead. */
export type KeyAge = 'next' | 'present' | '1' | '2-3' | '4-7' | '8-15' | '16-31' | '32+';

/** Why a connection got no ticket. */
export type NoTicketCause = 'names' | 'policy' | 'clock' | 'error';

/** Counters since the keys were attached. With `setTicketKeys` all but the last four stay at 0. */
export interface TicketKeysStats {
  mode: TicketKeysMode;
  /** Tickets encrypted. A full handshake of TLS 1.3 makes two. */
  made: number;
  /** Connections or renewals that got no ticket. */
  notMade: Record<NoTicketCause, number>;
  /**
   * Tickets whose key was known, by its age. OpenSSL then checks their MAC, lifetime and context.
   */
  accepted: Record<KeyAge, number>;
  /** The same by secret: the first, or another, which is being replaced. */
  bySecret: { first: number; other: number };
  /** Accepted tickets that were answered with a new one. */
  renewed: number;
  /** Tickets whose key was not known: too old, of another policy or server, or invented. */
  unknown: number;
  /** Tickets of the ring's keys that were refused: see the option `servernames`. */
  refused: { names: number };
  /** Keys in memory, as of now. */
  keys: number;
  /** Times that the present key changed. */
  rotations: number;
  /** Connections found unauthorized that Node before 24 had called authorized. */
  unauthorized: number;
  /** Failures of this package; each cost a full handshake or a ticket. */
  errors: number;
}

export function newStats(): TicketKeysStats {
  return {
    mode: 'starting',
    made: 0,
    notMade: { names: 0, policy: 0, clock: 0, error: 0 },
    accepted: {
      next: 0,
      present: 0,
      '1': 0,
      '2-3': 0,
      '4-7': 0,
      '8-15': 0,
      '16-31': 0,
      '32+': 0,
    },
    bySecret: { first: 0, other: 0 },
    renewed: 0,
    unknown: 0,
    refused: { names: 0 },
    keys: 0,
    rotations: 0,
    unauthorized: 0,
    errors: 0,
  };
}

/** The counter for a key that is `age` periods old. */
export function ageOf(age: number): KeyAge {
  if (age <= 1) return age < 0 ? 'next' : age === 0 ? 'present' : '1';
  if (age <= 7) return age <= 3 ? '2-3' : '4-7';
  if (age <= 15) return '8-15';
  return age <= 31 ? '16-31' : '32+';
}

// The profiles of a cache, and all their differences. A new profile is a row here and a column in
// docs/compatibility.md.

import { PROFILE_OPENSSL_3_0 } from '../core/abi.generated.ts';

const DAY = 86_400;
const WEEK = 604_800;

/** A row of the table. Lifetimes and timeouts are defaults, in seconds. */
interface Row {
  /** Differences from the manual pages: bits of assembly/mode.ts. */
  readonly quirks: number;
  readonly timeout: number;
  /** Absolute lifetimes: up to TLS 1.2, and of TLS 1.3. */
  readonly maxLifetime: readonly [number, number];
}

export const PROFILES = {
  manual: { quirks: 0, timeout: 300, maxLifetime: [DAY, WEEK] },
  'openssl-3.0': {
    quirks: PROFILE_OPENSSL_3_0,
    timeout: 7200,
    maxLifetime: [Infinity, Infinity],
  },
} satisfies Record<string, Row>;

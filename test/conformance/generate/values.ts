// The values that scripts are made of. Mild ones are what an application would use; harsh ones are
// at the edges of their types, where sums overflow, ids are prefixes of each other, and caches hold
// one.

import { pick, type Random } from '../../support/random.ts';

/** Where the clock of a script stands when it starts, and about where it stands later on. */
export interface ScriptClock {
  now: number;
}

export const CLOCK_START = 1_000_000_000;

export interface Values {
  id(): string;
  timeout(): string;
  time(): string;
  flushTime(): string;
  size(): string;
  mode(): string;
  context(): string;
  version(): string;
  /** An operation that moves the clock. */
  clock(): string;
}

/** Ids that begin alike, differ in one bit, are all zeros, or are as long as they may be. */
const IDS = [
  '00', '01', '0000', '0100', '0a0b0c0d', '0a0b0c0d00', '0a0b0c0d0e', '0a0b0c0e', 'ff',
  'ff'.repeat(31), 'ff'.repeat(32), '00'.repeat(32), '5e'.repeat(32), `${'5e'.repeat(31)}5f`,
  'c0ffee'.repeat(10).padEnd(64, '0'), 'c0ffee'.repeat(10).padEnd(64, '1'),
] as const; // prettier-ignore

/** Those that a TLS 1.3 client can send back as a stateful ticket. */
const WHOLE_IDS = IDS.filter((id) => id.length === 64);

const CONTEXTS = ['aa', 'bb', '-', 'aabb', '00', 'cc'.repeat(32)] as const;
const TOO_LONG = 'dd'.repeat(33);
const LONG_MAX = 2n ** 63n - 1n;

/** Sums of these with the clock come near to 2^63, or their nanoseconds to 2^64. */
const EXTREME_TIMEOUTS = [
  2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 62n, LONG_MAX - 1n, LONG_MAX,
  LONG_MAX - BigInt(CLOCK_START), LONG_MAX - BigInt(CLOCK_START) + 1n, -1n, -(2n ** 31n), -(2n ** 63n),
].map(String); // prettier-ignore
const EXTREME_TIMES = [
  0n, 1n, -1n, -20n, -(2n ** 31n), -(2n ** 53n), -(2n ** 63n), 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n,
  LONG_MAX - 10n, LONG_MAX,
].map(String); // prettier-ignore
const EXTREME_CLOCKS = [0, 1, 5, 2 ** 31 - 1, 2 ** 31 + 5, 2 ** 32, 2 ** 40, 2 ** 52];

const FLAGS = ['NO_AUTO_CLEAR', 'NO_INTERNAL_LOOKUP', 'NO_INTERNAL_STORE', 'NO_INTERNAL'];
const STRANGE_MODES = ['0', '-1', '0x12345', '4294967295', '0x402'];
const STRANGE_VERSIONS = ['0x302', '0x301', '0x304', '0', '0xfefd', '0xfeff', '0x10000'];

export interface ValueOptions {
  /** In percent, how often a value is extreme. */
  readonly extreme: number;
  /** Whether UPDATE_TIME is among the flags. */
  readonly updateTime: boolean;
  /** Only ids of 32 bytes. */
  readonly wholeIds?: boolean;
}

export function makeValues(random: Random, clock: ScriptClock, options: ValueOptions): Values {
  const chance = (percent: number) => random(100) < percent;
  const isExtreme = () => chance(options.extreme);
  const near = () => String(clock.now + random(25) - 12);
  const from = options.wholeIds === true ? WHOLE_IDS : IDS;
  const ids = Array.from({ length: 3 + random(5) }, () => pick(random, from));
  const flags = options.updateTime ? [...FLAGS, 'UPDATE_TIME'] : FLAGS;

  return {
    id: () => (isExtreme() ? '-' : pick(random, ids)),
    timeout: () => {
      if (isExtreme()) return pick(random, EXTREME_TIMEOUTS);
      return pick(random, ['0', '0', '1', '1', '2', '3', '5', '10', '30', '300', '7200']);
    },
    time: () => (isExtreme() ? pick(random, EXTREME_TIMES) : near()),
    flushTime: () => {
      if (chance(40)) return 'now';
      if (chance(12)) return '0';
      return isExtreme() ? pick(random, EXTREME_TIMES) : near();
    },
    size: () => {
      if (isExtreme()) return pick(random, ['-1', '-9223372036854775808', '20480', '2147483647']);
      return pick(random, ['0', '1', '1', '2', '2', '3', '3', '4', '5', '8']);
    },
    mode: () => {
      if (options.updateTime && chance(options.extreme / 4)) return pick(random, STRANGE_MODES);
      const base = pick(random, ['OFF', 'CLIENT', 'SERVER', 'SERVER', 'SERVER', 'BOTH', 'BOTH']);
      return [base, ...flags.filter(() => chance(20))].join('|');
    },
    context: () => (isExtreme() ? TOO_LONG : pick(random, CONTEXTS)),
    version: () => (isExtreme() || chance(10) ? pick(random, STRANGE_VERSIONS) : '0x303'),
    clock: () => {
      if (isExtreme()) {
        clock.now = pick(random, EXTREME_CLOCKS);
        return `clock ${clock.now}`;
      }
      const step = pick(random, [1, 1, 2, 3, 5, 10, 300]) * (chance(25) ? -1 : 1);
      clock.now += step;
      return `tick ${step}`;
    },
  };
}

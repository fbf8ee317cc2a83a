// Checks the options of a cache and makes its engine.

import { instantiate } from '../core/instantiate.ts';
import { PAGE_BYTES } from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import {
  checkBoolean,
  checkBytes,
  checkCallback,
  checkInteger,
  checkObject,
  checkOneOf,
  checkSeconds,
  lengthOf,
  type Seconds,
  outOfRange,
  wrongType,
} from '../checks.ts';
import { systemClock } from '../clock.ts';
import { Engine } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { PROFILES } from './profiles.ts';
import { randomBytes } from '../core/seed.ts';
import { internContext, NO_BYTES } from '../session/state.ts';
import { CoreMemory } from '../core/core-memory.ts';
import type { Profile, SessionCacheOptions } from './types.ts';

const DEFAULT_SIZE = 20480;
/** The core counts sessions and addresses in 32 bits; the last page stays unused. */
const MAX_PAGES = 65535;
/** Below this there is no room for a page of each kind and a largest session. */
const MIN_MEMORY = 4 * PAGE_BYTES;
const MAX_MEMORY = MAX_PAGES * PAGE_BYTES;

export function makeEngine(options: SessionCacheOptions): Engine {
  if (options instanceof Engine) return options; // of a cache that threads share
  const settings = readOptions(options, memoryFor);
  const { profile, now, context, verifyPeer, mode, size, maxBytes, pages, module } = settings;
  const memory = new CoreMemory(instantiate(Math.min(pagesFor(size, maxBytes), pages), module));
  initialize(memory, settings);
  const engine = new Engine(memory, profile, now, context, verifyPeer);
  setMode(engine, mode);
  return engine;
}

/** The options of a cache, checked, and with defaults for those that are absent. */
interface CacheSettings {
  readonly profile: Profile;
  readonly now: () => number;
  readonly mode: number;
  readonly size: number;
  readonly timeout: Seconds;
  readonly context: Uint8Array;
  readonly verifyPeer: boolean;
  readonly maxBytes: number;
  /** Most pages of its memory. */
  readonly pages: number;
  /** In seconds, or -1: up to TLS 1.2, and of TLS 1.3. */
  readonly lifetimes: readonly number[];
  readonly key: Uint8Array;
  readonly module: WebAssembly.Module | undefined;
}

/** Reads each option once. `memoryOf` is the default of `maxMemory` for a value of `maxBytes`. */
export function readOptions(
  options: SessionCacheOptions,
  memoryOf: (maxBytes: number) => number,
): CacheSettings {
  checkObject(options, 'options');
  const { profile: given = 'manual', now = systemClock, seed, module } = options;
  const profile = checkOneOf(given, 'profile', Object.keys(PROFILES) as Profile[]);
  const defaults = PROFILES[profile];
  const mode = checkMode(options.mode ?? SessionCacheMode.SERVER);
  const size = checkSize(options.size ?? DEFAULT_SIZE);
  const timeout = checkSeconds(options.timeout ?? defaults.timeout, 'timeout');
  const context = internContext(
    checkBytes(options.sessionIdContext ?? NO_BYTES, 'sessionIdContext'),
  );
  const verifyPeer = checkBoolean(options.verifyPeer ?? false, 'verifyPeer');
  const most = Number.MAX_SAFE_INTEGER;
  const maxBytes = checkInteger(options.maxBytes ?? 0, 'maxBytes', 0, most);
  const maxMemory = checkInteger(
    options.maxMemory ?? memoryOf(maxBytes),
    'maxMemory',
    MIN_MEMORY,
    most,
  );
  const pages = Math.min(Math.floor(maxMemory / PAGE_BYTES), MAX_PAGES);
  const lifetimes = checkLifetimes(options.maxLifetime, defaults.maxLifetime);
  const key = checkSeed(seed);
  checkCallback(now, 'now');
  if (module !== undefined && !(module instanceof WebAssembly.Module)) {
    wrongType('module', 'WebAssembly.Module', module);
  }
  return { profile, now, mode, size, timeout, context, verifyPeer, maxBytes, pages, lifetimes, key, module }; // prettier-ignore
}

/** Makes an empty cache in a new memory. */
export function initialize(
  memory: CoreMemory,
  { profile, size, timeout, maxBytes, pages, lifetimes, key }: CacheSettings,
): void {
  const { core } = memory;
  memory.stageId(key.subarray(0, 16));
  memory.stageSeconds(ARGS.time, lifetimes[0]!);
  memory.stageSeconds(ARGS.timeout, lifetimes[1]!);
  core.setCapacity(size); // it decides how memory grows, from the first page on
  if (!core.init(PROFILES[profile].quirks, pages)) {
    throw new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', 'no memory for an empty cache');
  }
  memory.stageId(NO_BYTES);
  core.setMaxBytes(maxBytes || 2 ** 62);
  memory.stageSeconds(ARGS.timeout, timeout);
  core.setTimeout();
}

/**
 * Memory of a TLS 1.2 session without client certificate that shares nothing, overhead included.
 */
const TYPICAL_BYTES = 238;
/**
 * This memory is not resident until it is used. Beyond it a cache grows in larger steps
 * (assembly/grow.ts).
 */
const MAX_RESERVE = 2 ** 30;
/**
 * For a cache without a limit: enough for 33,000 sessions, and too little to make V8 collect
 * garbage.
 */
const FIRST_RESERVE = 2 ** 23;

/**
 * The default of `maxMemory` for a `maxBytes`. Besides the bytes that sessions count for, memory
 * holds free blocks between them and the index: 1.05 to 1.17 times those bytes if the sizes of
 * sessions do not change. Without a limit, a cache whose sessions become 40 times as large would
 * take twice those bytes for good, since the holes are too small for them.
 */
export function memoryFor(maxBytes: number): number {
  if (maxBytes === 0) return MAX_MEMORY;
  return Math.min(Math.ceil(1.25 * maxBytes) + 2 * MIN_MEMORY, MAX_MEMORY);
}

/** Pages that a full cache of typical sessions needs. */
function pagesFor(size: number, maxBytes: number): number {
  const typical = size === 0 ? FIRST_RESERVE : size * TYPICAL_BYTES;
  const bytes = Math.min(typical, 1.05 * maxBytes || Infinity, MAX_RESERVE);
  return Math.ceil((bytes + MIN_MEMORY) / PAGE_BYTES);
}

export function setMode(engine: Engine, mode: number): void {
  engine.mode = mode >>> 0;
  engine.memory.core.setMode(mode);
}

/** Any 32-bit number, signed or not: unknown bits are kept, as in OpenSSL. */
export function checkMode(mode: number): number {
  return checkInteger(mode, 'mode', -(2 ** 31), 2 ** 32 - 1);
}

export function checkSize(size: number): number {
  return checkInteger(size, 'size', 0, Number.MAX_SAFE_INTEGER);
}

function checkLifetimes(
  value: SessionCacheOptions['maxLifetime'],
  defaults: readonly [number, number],
): number[] {
  return (['tls12', 'tls13'] as const).map((versions, i) => {
    const isPair = typeof value === 'object' && value !== null;
    const seconds = (isPair ? value[versions] : value) ?? defaults[i];
    const title = isPair ? `maxLifetime.${versions}` : 'maxLifetime';
    // The core takes -1 for no limit.
    return seconds === Infinity ? -1 : checkInteger(seconds, title, 0, Number.MAX_SAFE_INTEGER);
  });
}

function checkSeed(seed: Uint8Array | undefined): Uint8Array {
  if (seed === undefined) return randomBytes(16);
  const length = lengthOf(checkBytes(seed, 'seed', 16));
  return length === 16 ? seed : outOfRange('seed', '16 bytes', length);
}

// Runs one seeded sequence on the real cache and on the model, step by step.

import { pick, seededRandom, type Random } from '../support/random.ts';
import { Session, SessionCache, type SessionCacheOptions } from '../../bindings/index.ts';
import { ModelCache } from './cache.ts';
import type { Oracle } from './entries.ts';
import { describe } from './calls.ts';
import type { CacheLike, Maker, Step } from './calls.ts';
import { difference } from './compare.ts';
import { Generator } from './generate.ts';
import { Limits } from './limits.ts';
import { ModelSession } from './session.ts';
import { Side } from './side.ts';
import { START, type Taste } from './values.ts';

export type Plan = {
  seed: number;
  /** How many calls, the nested ones not counted. */
  count: number;
  /** Compiled core to test; without it, the release core. */
  module?: WebAssembly.Module;
  /** Called after every step, for the validator of the debug core. */
  inspect?: (cache: SessionCache) => void;
  size?: number;
  openssl?: boolean;
  /** Limit something else than the number. */
  limit?: 'bytes' | 'memory';
};

/** A step after which the two differ. The message says all that is needed to see it again. */
export class Disagreement extends Error {}

const library: Maker<SessionCacheOptions> = {
  cache: (options) => new SessionCache(options) as unknown as CacheLike,
  session: (options) => new Session(options),
};

function modelWith(oracle: Oracle | undefined): Maker<SessionCacheOptions> {
  const cache = (options: SessionCacheOptions): CacheLike => {
    const made = new ModelCache(options);
    made.oracle = oracle;
    return made as unknown as CacheLike;
  };
  return { cache, session: (options) => new ModelSession(options) };
}

/** Runs `plan.count` steps of `plan.seed`; throws a Disagreement at the first difference. */
export function runSequence(plan: Plan): void {
  const random = seededRandom(plan.seed);
  const taste = tasteOf(random, plan);
  const options = optionsOf(random, taste, plan);
  const start = { now: START, slots: taste.slots };
  const limits = taste.limit && new Limits(options);
  const sides = [
    new Side(library, options, start),
    new Side(modelWith(limits), options, start),
  ] as const;
  const steps = new Generator(random, taste);
  const recent: Step[] = [];
  for (let i = 0; i < plan.count; i++) {
    const step = steps.step();
    recent.push(step);
    if (recent.length > 12) recent.shift();
    const wrong = attempt(sides, step, i, plan, limits);
    if (wrong) throw new Disagreement(report(plan, options, taste, i, recent, wrong));
  }
  for (const side of sides) side.perform({ call: { op: 'close' }, nested: [] });
}

function attempt(
  sides: readonly [Side, Side],
  step: Step,
  index: number,
  plan: Plan,
  limits: Limits | undefined,
): string | undefined {
  const [real, model] = sides;
  try {
    for (const side of sides) if (side.isClosed) side.open();
    const broken = limits ? limits.watch(real, () => real.perform(step)) : real.perform(step);
    model.perform(step);
    const wrong = broken ?? difference(real, model, index);
    const { cache, isClosed } = real;
    if (!wrong && !isClosed) plan.inspect?.(cache as unknown as SessionCache);
    return wrong;
  } catch (error) {
    return `threw ${(error as Error).stack}`;
  }
}

function tasteOf(random: Random, plan: Plan): Taste {
  // Drawn even if the plan decides, so that a replay that names them draws the rest alike.
  const [anySize, anyProfile] = [pick(random, [1, 2, 3, 3, 3, 0]), random(4) === 0];
  const { size = anySize, openssl = anyProfile } = plan;
  const [extremes, nesting] = [pick(random, [0, 30, 4]), pick(random, [0, 4, 2])];
  const longest = pick(random, [64, 300, 300, 16384]);
  if (plan.limit) {
    const isMemory = plan.limit === 'memory';
    return {
      size: 0,
      openssl: false,
      slots: 12,
      ids: isMemory ? 1000 : 60,
      longest: isMemory ? 16384 : longest,
      extremes: isMemory ? 0 : extremes,
      nesting: 0,
      limit: plan.limit,
    };
  }
  const isLarge = size > 10;
  const [slots, ids] = isLarge ? [40, size * 2] : [6, 6];
  return { size, openssl, slots, ids, longest, extremes, nesting, limit: undefined };
}

function optionsOf(random: Random, taste: Taste, plan: Plan): SessionCacheOptions {
  const options: SessionCacheOptions = {
    size: taste.size,
    profile: taste.openssl ? 'openssl-3.0' : 'manual',
    mode: pick(random, [2, 2, 3, 1, 0x402, 0x102, 0x202, 0x483]),
    timeout: pick(random, [10, 0, 300]),
    seed: Uint8Array.from({ length: 16 }, () => random(256)),
  };
  if (taste.limit === 'bytes') options.maxBytes = pick(random, [600, 3000, 30_000, 100_000]);
  if (taste.limit === 'memory') options.maxMemory = pick(random, [262_144, 400_000, 1_000_000]);
  if (plan.module) options.module = plan.module;
  if (!taste.openssl && random(2) === 0) options.maxLifetime = { tls12: 12, tls13: 30 };
  return options;
}

function report(
  plan: Plan,
  options: SessionCacheOptions,
  taste: Taste,
  index: number,
  recent: Step[],
  wrong: string,
): string {
  const calls = recent.map(
    ({ call, nested }, i) =>
      `${index - recent.length + 1 + i}: ${describe(call)}` +
      nested.map((inner) => `\n      in a callback: ${describe(inner)}`).join(''),
  );
  const { size, openssl, limit } = taste;
  const again =
    `--seed ${plan.seed} --count ${index + 1}` +
    (limit
      ? ` --limit ${limit}`
      : ` --size ${size} --profile ${openssl ? 'openssl-3.0' : 'manual'}`);
  return [
    `model and cache differ at step ${index} of seed ${plan.seed}: ${wrong}`,
    'the last calls:',
    ...calls,
    `mode ${options.mode} timeout ${options.timeout} lifetime ${JSON.stringify(options.maxLifetime)}`,
    `again: node --import tsx test/model/cli.ts ${again}`,
  ].join('\n');
}

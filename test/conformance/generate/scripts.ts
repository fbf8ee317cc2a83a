// Random scripts. A seed and a number make a script; what kind it is, a profile decides.

import { seededRandom, type Random } from '../../support/random.ts';
import { Draft } from './draft.ts';
import {
  cacheOperation,
  clientOperation,
  handshakeOperation,
  writeHooks,
  type Manner,
} from './operations.ts';
import type { ValueOptions } from './values.ts';

export interface Script {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Profile {
  readonly name: string;
  /** How often, among all. */
  readonly weight: number;
  readonly values: ValueOptions;
  readonly length: readonly [least: number, most: number];
  /** In percent: what an operation is about. The rest is about the server's cache. */
  readonly hooks: number;
  readonly handshakes: number;
  readonly client: number;
  readonly manner: Manner;
  /** Runs of so many handshakes, for automatic flushes. */
  readonly runs?: readonly number[];
}

const MILD: ValueOptions = { extreme: 0, updateTime: true };
const HARSH: ValueOptions = { extreme: 15, updateTime: true };
const TLS12: Manner = { versions: ['1.2'] };
const TLS13: Manner = { versions: ['1.3'] };
const BOTH: Manner = { versions: ['1.2', '1.3', '1.3'] };
const WHOLE: ValueOptions = { extreme: 4, updateTime: true, wholeIds: true };
const AROUND_255 = [127, 128, 200, 254, 255, 256];

/** What has to do with TLS 1.2 and below, or with no TLS at all. */
export const PROFILES_12: readonly Profile[] = [
  profile('cache', 10, MILD, [60, 110], { hooks: 0, handshakes: 0, client: 5 }),
  profile('tiny', 12, HARSH, [60, 110], { hooks: 8, handshakes: 0, client: 10 }),
  profile('extreme', 10, { ...HARSH, extreme: 45 }, [60, 110], {
    hooks: 6,
    handshakes: 0,
    client: 8,
  }),
  profile('long', 3, MILD, [300, 420], { hooks: 2, handshakes: 0, client: 0 }),
  profile('reentrant', 14, HARSH, [60, 110], { hooks: 24, handshakes: 36, client: 4 }),
  profile('handshakes', 16, MILD, [40, 80], { hooks: 6, handshakes: 90, client: 0 }),
  profile('harsh-handshakes', 14, HARSH, [40, 80], { hooks: 8, handshakes: 86, client: 0 }),
  profile('client', 8, HARSH, [40, 80], { hooks: 8, handshakes: 56, client: 36 }),
  profile('run', 1, MILD, [20, 30], { hooks: 12, handshakes: 40, client: 4, runs: AROUND_255 }),
];

/** The same for TLS 1.3 with stateful tickets, alone and beside TLS 1.2. */
export const PROFILES_13: readonly Profile[] = [
  profile('tls13-cache', 6, WHOLE, [50, 90], { hooks: 0, handshakes: 50, client: 10, manner: TLS13 }),
  profile('tls13-reentrant', 14, WHOLE, [50, 90], { hooks: 22, handshakes: 60, client: 8, manner: TLS13 }),
  profile('tls13-handshakes', 16, WHOLE, [40, 80], { hooks: 6, handshakes: 90, client: 0, manner: TLS13 }),
  profile('tls13-harsh', 12, { ...WHOLE, extreme: 20 }, [40, 80], { hooks: 10, handshakes: 76, client: 8, manner: TLS13 }),
  profile('tls13-client', 10, WHOLE, [40, 80], { hooks: 8, handshakes: 52, client: 38, manner: TLS13 }),
  profile('tls13-both', 12, HARSH, [40, 80], { hooks: 10, handshakes: 74, client: 14, manner: BOTH }),
  profile('tls13-run', 1, WHOLE, [20, 30], { hooks: 12, handshakes: 40, client: 4, manner: TLS13, runs: AROUND_255 }),
]; // prettier-ignore

export const PROFILES: readonly Profile[] = [...PROFILES_12, ...PROFILES_13];

/**
 * What a release of libssl can be held to. From 3.2 on, its times are nanoseconds that wrap around,
 * and UPDATE_TIME leaves the order of a cache wrong (known.ts).
 */
export function profilesFor(library: string): readonly Profile[] {
  if (/^3\.[01]\./.test(library)) return PROFILES;
  return PROFILES.map(calm);
}

function calm(harsh: Profile): Profile {
  return { ...harsh, values: { ...harsh.values, extreme: 0, updateTime: false } };
}

function profile(
  name: string,
  weight: number,
  values: ValueOptions,
  length: Profile['length'],
  rest: Pick<Profile, 'hooks' | 'handshakes' | 'client'> &
    Partial<Pick<Profile, 'manner' | 'runs'>>,
): Profile {
  return { name, weight, values, length, manner: TLS12, ...rest };
}

/** Script number `n` of a seed. */
export function makeScript(seed: number, n: number, profiles: readonly Profile[]): Script {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b));
  const chosen = pickProfile(random, profiles);
  return { name: `${chosen.name}-${seed}-${n}`, lines: write(random, chosen) };
}

/** Scripts of a seed, until they hold `operations` or more. */
export function* scripts(
  seed: number,
  operations: number,
  profiles: readonly Profile[],
): Generator<Script, void, undefined> {
  for (let n = 0, sum = 0; sum < operations; n++) {
    const script = makeScript(seed, n, profiles);
    sum += script.lines.length;
    yield script;
  }
}

function pickProfile(random: Random, profiles: readonly Profile[]): Profile {
  let at = random(profiles.reduce((sum, { weight }) => sum + weight, 0));
  for (const candidate of profiles) {
    at -= candidate.weight;
    if (at < 0) return candidate;
  }
  throw new RangeError('"profiles" expected at least one, got 0');
}

function write(random: Random, { values, length, manner, ...mix }: Profile): readonly string[] {
  const draft = new Draft(random, values);
  writeBeginning(draft, mix, manner);
  const [least, most] = length;
  for (let i = least + random(most - least + 1); i > 0; i--) {
    const about = random(100);
    if (mix.runs !== undefined && draft.chance(5)) writeRun(draft, mix.runs, manner);
    else if (about < mix.hooks) writeHooks(draft);
    else if (about < mix.hooks + mix.handshakes) draft.write(handshakeOperation(draft, manner));
    else if (about < mix.hooks + mix.handshakes + mix.client) draft.write(clientOperation(draft));
    else draft.write(cacheOperation(draft, 'S'));
  }
  writeEnd(draft);
  return draft.lines;
}

/** Callbacks and settings as they stay for most of a script. */
function writeBeginning(
  draft: Draft,
  { client, handshakes }: Pick<Profile, 'client' | 'handshakes'>,
  { versions }: Manner,
): void {
  const { values } = draft;
  const maybe = (percent: number, line: () => string) =>
    draft.chance(percent) && draft.write(line());
  maybe(93, () => 'cb S remove on');
  maybe(90, () => `cb S new on ret=${draft.pick([0, 0, 1])}`);
  if (handshakes > 0) maybe(80, () => 'cb S get on');
  if (client > 0) {
    maybe(85, () => 'cb C remove on');
    maybe(85, () => `cb C new on ret=${draft.pick([0, 1])}`);
    maybe(85, () => `mode C ${values.mode()}`);
    maybe(50, () => `size C ${values.size()}`);
  }
  if (versions.includes('1.3')) {
    maybe(70, () => `opt S num_tickets=${draft.pick([1, 1, 2, 3])}`);
    maybe(35, () => 'opt S max_early=16');
    // Where all speak TLS 1.3, single use alone makes tickets stateful.
    draft.onlySingleUse = !versions.includes('1.2') && draft.chance(12);
    if (draft.onlySingleUse) draft.write('opt S max_early=16 no_ticket=0');
  }
  maybe(80, () => `size S ${values.size()}`);
  maybe(40, () => `mode S ${values.mode()}`);
  maybe(40, () => `timeout S ${values.timeout()}`);
  maybe(20, () => `sidctx S ${values.context()}`);
}

function writeRun(draft: Draft, counts: readonly number[], { versions }: Manner): void {
  const resume =
    draft.made.length > 0 && draft.chance(30) ? ` resume=${draft.recent(draft.made)}.c` : '';
  const how = draft.pick(['clean', 'quiet', 'drop', 'fatal']);
  const version = draft.pick(versions) === '1.3' ? ' ver=1.3' : '';
  draft.write(
    `many ${draft.pick(counts)}${resume} prefix=r${draft.number()}x close=${how}${version}`,
  );
}

/**
 * Hooks off: what they would do while the contexts are freed, libssl leaves undefined. The recorder
 * closes all connections before that.
 */
function writeEnd(draft: Draft): void {
  for (const x of ['S', 'C']) {
    for (const which of ['remove', 'new']) draft.write(`off ${x} ${which}`);
  }
}

// Runs a fleet with one seed after another.

import * as assert from 'uvu/assert';
import { seededRandom } from '../../support/random.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import type { Backend } from './network.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The options that all runs of a test share. */
export type Variant = Pick<FleetOptions, 'guards' | 'singleUse' | 'outside'>;

const STEPS = 120;

/** All variants. */
export const VARIANTS: readonly Variant[] = (['all', 'none', 'some'] as const).flatMap((guards) =>
  [false, true].flatMap((singleUse) =>
    [false, true].map((outside) => ({ guards, singleUse, outside })),
  ),
);

/** A variant in words. */
export function titleOf({ guards, singleUse, outside }: Variant): string {
  return [
    { all: '`add` and `replace`', none: 'neither `add` nor `replace`', some: '`add` and `replace` in some processes' }[guards], // prettier-ignore
    singleUse ? 'single uses too' : 'no single uses',
    outside ? 'nothing inside, half of the messages lost' : 'copies inside',
  ].join('; ');
}

/** Runs `count` seeds. A failure prints the seed and its events. */
export async function runSeeds(
  variant: Variant,
  count: number,
  backend: (seed: number, time: VirtualTime) => Backend,
): Promise<void> {
  const losesMessages = variant.outside ? 2 : 0;
  const options: FleetOptions = { ...variant, losesMessages, steps: STEPS };
  let hits = 0;
  for (let seed = 1; seed <= count; seed++) {
    const fleet = new Fleet(seededRandom(seed), (time) => backend(seed, time), options);
    try {
      await fleet.run();
    } catch (error) {
      (error as Error).message = `seed ${seed}: ${(error as Error).message}`;
      throw error;
    }
    hits += fleet.hits;
  }
  assert.ok(hits > count, `${hits} sessions resumed`);
}

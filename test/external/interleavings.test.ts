// Every order of things, as far as seeds reach: processes that make, offer, remove and revoke sessions,
// end and start, over a network on which everything is late, lost or repeated, with breakers that open
// and close, clocks that differ, keys that change, and recorded messages that are played again.
// `SESSCACHE_SEEDS=10000` runs so many of each variant.

import { suite } from 'uvu';
import { memoryBackend } from './simulation/network.ts';
import { runSeeds, titleOf, VARIANTS } from './simulation/seeds.ts';

const test = suite('removal in every order');
const SEEDS = Number(process.env['SESSCACHE_SEEDS'] ?? 84);

for (const variant of VARIANTS) {
  test(`a removed session resumes nowhere: ${titleOf(variant)}`, async () => {
    await runSeeds(variant, SEEDS, (_seed, time) => memoryBackend(time));
  });
}

test.run();

// Random orders of events, one for each seed: processes make, offer, remove and revoke sessions,
// end and start. Their network delays, loses and repeats messages; breakers open and close, clocks
// differ, keys rotate, and an attacker replays recorded messages. `SESSCACHE_SEEDS=10000` runs so
// many of each variant.

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

// The random orders of test/external/interleavings.test.ts, with a real Redis as the store.

import { suite } from 'uvu';
import { realBackend } from '../external/simulation/network.ts';
import { runSeeds, titleOf, VARIANTS } from '../external/simulation/seeds.ts';
import { redisStore } from '../../bindings/redis/index.ts';
import { connectClient, LIBRARIES } from './clients.ts';
import { RedisServer } from './server.ts';

const test = suite('removal in every order, with Redis');
const SEEDS = 12;

let redis: RedisServer;

test.before(async () => {
  redis = await RedisServer.start();
});

test.after(async () => {
  await redis?.stop();
});

for (const [at, variant] of VARIANTS.entries()) {
  // The variants, with the two libraries in turn.
  const library = LIBRARIES[(at + (at >> 2)) % 2]!;
  test(`${library}: a removed session resumes nowhere: ${titleOf(variant)}`, async () => {
    const { client, close } = await connectClient(library, redis.port);
    try {
      await runSeeds(variant, SEEDS, (seed, time) => {
        const prefix = `${at} ${seed}:`;
        return realBackend(redisStore(client, { prefix, subscriber: false }), time);
      });
    } finally {
      await close();
    }
  });
}

test.run();

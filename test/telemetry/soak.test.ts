// A share of `npm run soak`, which makes 100,000 connections.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { soak } from './soak.ts';

const test = suite('counters, metrics and channels agree with the clients');

test('over 600 connections with faults', async () => {
  const { full, resumed, failed } = await soak(600, 19);
  assert.is(full + resumed + failed, 600);
});

test.run();

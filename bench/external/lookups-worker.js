// A worker that measures lookups in its primary.

import { clusterStore } from '../../dist/cluster/index.js';
import { measureLookups } from './lookups.js';

const { lookups, rounds } = JSON.parse(process.env.BENCH ?? '{}');
const store = clusterStore({ timeout: 10_000 });
const rows = await measureLookups(
  {
    store,
    get: (key) => store.get(key),
    set: (key, value, ttlMs) => store.set(key, value, ttlMs),
    close: () => {},
  },
  { lookups, rounds },
);
process.send?.({ rows }, undefined, undefined, () => process.exit());

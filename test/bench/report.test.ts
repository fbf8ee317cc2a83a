import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bench, type Figures } from './bench.ts';

const { median, ratio, verdict } = await bench('report/ratios.js');
const { times } = await bench('report/text.js');

const test = suite('figures of the benchmark');

const every = (...rounds: number[]): Record<string, number[]> => ({
  view: rounds,
  miss: rounds,
  evict: rounds,
});

const figures: Figures = {
  sesscache: { ...every(100, 50, 100), evict: [400, 400, 100], revoke: [1, 1, 1] },
  'lru-cache, ttl': every(200, 150, 300),
  'lru.min': every(190, 140, 90),
  Map: every(100, 100, 100),
  OpenSSL: { view: [150], miss: [50] },
};

const EXPIRING = 'JS best that bounds and expires';
const BOUNDED = 'JS best that bounds';

test('takes the middle of an odd number of values and the mean of the middle two of an even', () => {
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([9, 1, 5, 6]), 5.5);
});

test('compares round by round with the fastest of each group', () => {
  const expiring = ratio(figures, 'view', EXPIRING);
  assert.equal(expiring, { best: 'lru-cache, ttl', median: 3, low: 2, high: 3 });
  const bounded = ratio(figures, 'view', BOUNDED);
  assert.equal(bounded, { best: 'lru.min', median: 1.9, low: 0.9, high: 2.8 });
  assert.is(ratio(figures, 'evict', 'Map, which does neither')?.median, 0.25);
});

test('compares every round with what was measured once', () => {
  const openssl = ratio(figures, 'view', 'OpenSSL in C');
  assert.equal(openssl, { best: 'OpenSSL', median: 1.5, low: 1.5, high: 3 });
});

test('compares nothing that only one can do', () => {
  assert.is(ratio(figures, 'revoke', BOUNDED), undefined);
  assert.is(ratio({ Map: figures['Map']! }, 'view', 'Map, which does neither'), undefined);
});

test('calls it faster or slower when all rounds agree, and undecided when they do not', () => {
  assert.equal(verdict(figures, EXPIRING), {
    faster: ['view', 'miss'],
    slower: [],
    undecided: ['evict'],
  });
  assert.equal(verdict(figures, 'OpenSSL in C'), {
    faster: ['view'],
    slower: [],
    undecided: ['miss'],
  });
});

test('lists times alone when there is nobody to compare with', () => {
  assert.match(times(figures), /faster: hit, view/);
  assert.not.match(times({ Map: figures['Map']! }), /faster/);
  assert.not.match(times({ sesscache: figures['sesscache']! }), /faster/);
});

test.run();

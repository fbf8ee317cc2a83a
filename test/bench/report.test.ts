import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bench, type Figures, type Results } from './bench.ts';

const { median, ratio, verdict, worst } = await bench('report/ratios.js');
const { losses } = await bench('report/losses.js');
const { workloads } = await bench('workloads/index.js');
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

/** One size on three runtimes: twice as fast as lru.min on one, half as fast on another. */
function released(): Results {
  const set = (ours: number, length = 160): Results['times'][number] => {
    const own: Figures = { sesscache: { view: [ours] }, 'lru.min': { view: [200] } };
    return { size: 1000, length, rounds: 1, seconds: 1, figures: own };
  };
  return {
    machine: { node: 'v20.1.2' },
    times: [set(100)],
    releases: [
      { name: 'Node 22', version: 'v22.0.0', engine: 'V8', times: [set(400), set(4000, 800)] },
      { name: 'Node 24', version: 'v24.0.0', engine: 'V8', times: [] },
      { name: 'Bun', version: '1.0.0', engine: 'JavaScriptCore', times: [set(1000)] },
    ],
  };
}

test('takes the release of Node on which a row is worst, and no other engine', () => {
  const results = released();
  const found = worst(results, results.times[0]!, 'view', BOUNDED);
  assert.equal(found, { best: 'lru.min', median: 0.5, low: 0.5, high: 0.5, release: 'Node 22' });
  delete results.releases;
  assert.is(worst(results, results.times[0]!, 'view', BOUNDED)?.release, 'Node 20');
});

test('reports a row as lost that is below 1 on one release, with the reason', () => {
  const results = released();
  const [loss, ...more] = losses(results);
  assert.equal(more, []);
  assert.is(loss?.workload, 'view');
  assert.is(loss?.ratio.release, 'Node 22');
  assert.ok(loss!.reason.length > 20);
  delete results.releases;
  assert.equal(losses(results), []);
});

test('knows a reason for each row that may be lost', () => {
  const [mine, best]: Figures[string][] = [{}, {}];
  // `tested` is OpenSSL's alone.
  const shared = Object.keys(workloads).filter((workload) => workload !== 'tested');
  for (const workload of shared) {
    mine![workload] = [2];
    best![workload] = [1];
  }
  const own: Figures = { sesscache: mine!, 'lru.min': best!, OpenSSL: best! };
  const results = released();
  results.times = [{ size: 1000, length: 160, rounds: 1, seconds: 1, figures: own }];
  assert.is(losses(results).length, 2 * shared.length);
});

test('says what a copy takes where the others keep a reference', () => {
  const results = released();
  const lost: Figures = {
    sesscache: { evict: [2], remove: [2] },
    'lru.min': { evict: [1], remove: [1] },
  };
  results.times = [{ size: 1000, length: 800, rounds: 1, seconds: 1, figures: lost }];
  results.copies = { 160: [90], 800: [300, 330, 350] };
  const [evict, remove] = losses(results).toSorted((a, b) => (a.workload < b.workload ? -1 : 1));
  assert.match(evict!.reason, / \(to keep a copy of 800 bytes takes JavaScript 330 ns\)$/);
  assert.not.match(remove!.reason, /copy of/);
});

test('lists times alone when there is no other contender', () => {
  assert.match(times(figures), /faster: hit, view/);
  assert.not.match(times({ Map: figures['Map']! }), /faster/);
  assert.not.match(times({ sesscache: figures['sesscache']! }), /faster/);
});

test.run();

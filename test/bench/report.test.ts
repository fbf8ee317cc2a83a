import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bench, type Times } from './bench.ts';

const { median, ratios, report } = await bench('report.js');

const test = suite('report of the benchmark');

const every = (time: number): Times => ({ view: time, copy: time, miss: time, add: time });

const figures = {
  sesscache: [{ ...every(100), add: 400 }, { ...every(50), add: 400 }, every(100)],
  'lru-cache': [every(200), every(150), every(300)],
  'lru.min': [every(190), every(140), every(90)],
  Map: [every(100), every(100), every(100)],
};

test('takes the middle of an odd number of values and the mean of the middle two of an even', () => {
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([9, 1, 5, 6]), 5.5);
});

test('compares round by round with the fastest of each group', () => {
  const found = ratios(figures);
  assert.equal(found['JS best that bounds and expires']?.view, {
    best: 'lru-cache',
    median: 3,
    low: 2,
    high: 3,
  });
  assert.equal(found['JS best that bounds']?.view, {
    best: 'lru.min',
    median: 1.9,
    low: 0.9,
    high: 2.8,
  });
  assert.is(found['Map, which does neither']?.add.median, 0.25);
});

test('calls it faster or slower when all rounds agree, and undecided when they do not', () => {
  const text = report(figures);
  assert.match(
    text,
    /^JS best that bounds and expires\n {2}faster: hit, view; hit, copy; miss\n {2}slower: nothing\n {2}undecided: add \+ evict$/m,
  );
  assert.match(text, /^JS best that bounds\n {2}faster: nothing\n/m);
});

test('lists times alone when there is nobody to compare with', () => {
  assert.not.match(report({ Map: figures.Map }), /faster/);
  assert.not.match(report({ sesscache: figures.sesscache }), /faster/);
});

test.run();

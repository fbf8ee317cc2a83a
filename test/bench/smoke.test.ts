import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runNode } from '../examples/program.ts';

const test = suite('npm run bench');

const folder = mkdtempSync(join(tmpdir(), 'sesscache-bench-'));
const json = join(folder, 'figures.json');
const tiny = ['--size', '256', '--rounds', '1', '--seconds', '0.01', '--json', json];
const figures = (): Record<string, any> => JSON.parse(readFileSync(json, 'utf8'));

test.after(() => rmSync(folder, { recursive: true, force: true }));

test('times every operation, says where and of whom, and writes it down', async () => {
  const only = ['--only', 'sesscache', '--only', 'lru-cache', '--only', 'Map'];
  const { code, stdout, stderr } = await runNode('bench/index.js', '--quick', ...tiny, ...only);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`, Node ${process.version}$`, 'm'));
  assert.match(stdout, /^sesscache \d+\.\d+\.\d+, lru-cache 11\.\d+\.\d+$/m);
  assert.match(stdout, /^checked: sesscache, lru-cache, Map$/m);
  assert.match(stdout, /^lru-cache( +\d+){4}$/m);
  assert.match(stdout, /^JS best that bounds and expires( +\d+\.\d\d×){4}$/m);
  const { nanoseconds, ratios, machine } = figures();
  assert.equal(Object.keys(nanoseconds), ['sesscache', 'lru-cache', 'Map', 'harness']);
  for (const operation of ['view', 'copy', 'miss', 'add']) {
    for (const times of Object.values<any>(nanoseconds)) assert.ok(times[operation] > 0);
    assert.is(ratios['JS best that bounds'][operation].best, 'lru-cache');
  }
  assert.is(machine.node, process.version);
});

test('weighs a full cache', async () => {
  const only = ['--only', 'sesscache', '--only', 'Map'];
  const args = ['--memory', '--size', '20000', '--json', json, ...only];
  const { code, stdout, stderr } = await runNode('bench/index.js', ...args);
  assert.is(code, 0, stdout + stderr);
  const { sesscache, Map: map } = figures()['weights'];
  assert.is(sesscache.number, 20_000);
  assert.ok(sesscache.buffers < 20_000, `${sesscache.buffers} bytes`);
  assert.ok(sesscache.linear > 20_000 * (32 + 158), `${sesscache.linear} bytes`);
  assert.is(map.linear, 0);
  assert.ok(map.buffers > 20_000 * 150, `${map.buffers} bytes`);
});

test('refuses, with the usage, what it does not understand', async () => {
  for (const args of [['--only', 'nobody'], ['--size', '0'], ['--seconds', 'x'], ['--speed']]) {
    const { code, stdout, stderr } = await runNode('bench/index.js', ...args);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /npm run bench -- \[options\]/);
  }
});

test('fails when a contender fails', async () => {
  const task = { what: 'time', name: 'nobody', size: 10, seconds: 0.01 };
  const { code, stderr } = await runNode('bench/run.js', JSON.stringify(task));
  assert.is(code, 1);
  assert.match(stderr, /no contender nobody/);
});

test.run();

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../support/commands.ts';
import { bench, runBench } from './bench.ts';

const { crowdWorkloads, workloads } = await bench('workloads/index.js');

const test = suite('npm run bench');

const folder = mkdtempSync(join(tmpdir(), 'sesscache-bench-'));
const json = join(folder, 'figures.json');
const figures = (): Record<string, any> => JSON.parse(readFileSync(json, 'utf8'));

/** OpenSSL's own cache is among the contenders: a program in C. */
function needCompiler(): void {
  for (const need of ['gcc', '/usr/include/stdio.h', '/usr/include/openssl/ssl.h'])
    findProgram(need);
}

test.after(() => rmSync(folder, { recursive: true, force: true }));

test('times every workload, and writes the times with the machine and the contenders', async () => {
  needCompiler();
  const tiny = ['--size', '256', '--rounds', '1', '--seconds', '0.01', '--json', json];
  const { code, stdout, stderr } = await runBench('index.js', '--quick', ...tiny);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`, Node ${process.version}$`, 'm'));
  assert.match(stdout, /^sesscache \d+\.\d+\.\d+, lru-cache 11\.\d+\.\d+, /m);
  assert.match(stdout, /^JS best that bounds and expires( +\d+\.\d\d×)+$/m);
  const { times, machine, versions } = figures();
  assert.is(machine.node, process.version);
  assert.match(versions.OpenSSL, /^OpenSSL 3\./);
  assert.is(times.length, 1);
  const byContender: Record<string, Record<string, number[]>> = times[0].figures;
  const names = ['sesscache', 'lru-cache, ttl', 'lru-cache', 'quick-lru', 'ttlcache', 'mnemonist'];
  names.push('lru.min', 'tiny-lru, ttl', 'tiny-lru', 'sieve-cache', 'flru', 'hashlru');
  names.push('node-forge', 'Map', 'lmdb', 'OpenSSL', 'harness');
  assert.equal(Object.keys(byContender).toSorted(), names.toSorted());
  for (const workload of Object.keys(workloads)) {
    assert.is(byContender['sesscache']?.[workload]?.length, 1, workload);
  }
  for (const [name, byWorkload] of Object.entries(byContender)) {
    for (const workload of ['view', 'miss', 'evict', 'mixed']) {
      assert.ok(Number(byWorkload[workload]?.[0]) > 0, `${name}, ${workload}`);
    }
  }
});

test('goes on where it was interrupted, and times many caches and another release', async () => {
  const only = ['sesscache', 'quick-lru'].flatMap((name) => ['--only', name]);
  const file = join(folder, 'resumed.json');
  const read = (): Record<string, any> => JSON.parse(readFileSync(file, 'utf8'));
  const more = ['--on', '22', '--rounds', '1', '--seconds', '0.01', '--json', file, ...only];
  const first = await runBench('index.js', '--quick', ...more, '--minutes', '0.000001');
  assert.is(first.code, 3, first.stderr);
  assert.match(first.stderr, /interrupted before .*; the same command with --resume goes on/);
  const second = await runBench('index.js', '--quick', ...more, '--resume');
  assert.is(second.code, 0, second.stderr);
  const { crowds, releases, times } = read();
  assert.is(times[0].figures.sesscache.view.length, 1);
  for (const { caches, figures: byContender } of crowds) {
    for (const name of ['sesscache', 'quick-lru']) {
      for (const workload of Object.keys(crowdWorkloads)) {
        if (workload === 'add' && byContender[name].add === undefined) continue; // one life only
        const [nanoseconds] = byContender[name][workload];
        assert.ok(nanoseconds > 0, `${caches} caches, ${name}, ${workload}`);
      }
    }
  }
  const [release, ...others] = releases;
  assert.equal(others, []);
  assert.match(release.version, /^v22\./);
  assert.is(release.times[0].figures.sesscache.view.length, 1);
  const written = read();
  const third = await runBench('index.js', '--quick', ...more, '--resume');
  assert.is(third.code, 0, third.stderr);
  assert.is(third.stderr, '', 'nothing is measured again');
  assert.equal({ ...read(), seconds: 0 }, { ...written, seconds: 0 });
  const other = await runBench('index.js', '--quick', '--only', 'Map', '--json', file, '--resume');
  assert.is(other.code, 1);
  assert.match(other.stderr, /was measured with other versions: measure all of it again/);
});

test('weighs a full cache and times its longest calls', async () => {
  needCompiler();
  const only = ['sesscache', 'Map', 'OpenSSL'].flatMap((name) => ['--only', name]);
  const args = ['--memory', '--quick', '--size', '20000', '--json', json, ...only];
  const { code, stdout, stderr } = await runBench('index.js', ...args);
  assert.is(code, 0, stdout + stderr);
  const { weights, pauses, start } = figures();
  const { sesscache, Map: map, OpenSSL: openssl } = weights.figures;
  assert.is(sesscache.number, 20_000);
  assert.ok(sesscache.buffers < 20_000, `${sesscache.buffers} bytes`);
  assert.ok(sesscache.linear > 0, `${sesscache.linear} bytes`);
  assert.is(map.linear, 0);
  assert.ok(map.buffers > 20_000 * 150, `${map.buffers} bytes`);
  assert.ok(openssl.resident > 20_000 * 500, `${openssl.resident} bytes`);
  for (const phase of ['fill', 'evict', 'expire', 'clear', 'expireWhole', 'clearWhole']) {
    const [own] = pauses.figures.sesscache[phase];
    const [met] = pauses.met.sesscache[phase];
    assert.ok(own > 0 && own <= met, `${phase}: ${own} of ${met} ms`);
  }
  assert.ok(start.core.gzip < start.core.bytes);
  assert.ok(Math.min(...start.besides['an empty module']) < Math.min(...start.milliseconds));
});

test('follows cost as a cache grows', async () => {
  needCompiler();
  const only = ['sesscache', 'OpenSSL'].flatMap((name) => ['--only', name]);
  const args = ['--scale', '--quick', '--json', json, ...only];
  const { code, stdout, stderr } = await runBench('index.js', ...args);
  assert.is(code, 0, stdout + stderr);
  const { scale } = figures();
  for (const points of [scale.sesscache, scale.OpenSSL]) {
    assert.equal(
      points.map((point: { size: number }) => point.size),
      [1000, 4000, 16_000],
    );
    for (const point of points) assert.ok(point.view > 0 && point.evict > 0);
  }
});

test('refuses, with the usage, what it does not understand', async () => {
  const wrong = [
    ['--only', 'unknown'],
    ['--size', '0'],
    ['--seconds', 'x'],
    ['--speed'],
    ['--resume'],
    ['--on', '18'],
    ['--minutes', '0'],
  ];
  for (const args of [...wrong, ['--memory', '--scale']]) {
    const { code, stdout, stderr } = await runBench('index.js', ...args);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /npm run bench -- \[options\]/);
  }
});

test('fails when a contender fails', async () => {
  const task = { what: 'time', name: 'unknown', size: 10, length: 160, seconds: 0.01 };
  const { code, stderr } = await runBench('measure/run.js', JSON.stringify(task));
  assert.is(code, 1);
  assert.match(stderr, /no contender unknown/);
});

test('leaves OpenSSL out, and says so, where there is no compiler', async () => {
  assert.ok(findProgram('gcc'));
  const { PATH } = process.env;
  process.env['PATH'] = folder;
  try {
    const { buildNative } = await bench('native/build.js');
    assert.equal(buildNative(), { missing: 'gcc is not here' });
  } finally {
    process.env['PATH'] = PATH;
  }
});

test.run();

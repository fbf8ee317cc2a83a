import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runNode } from '../examples/program.ts';
import { findProgram } from '../support/commands.ts';

const test = suite('npm run bench:external');

test('measures every store and way, and writes its figures down', async () => {
  findProgram('redis-server');
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-bench-test-'));
  try {
    const file = join(folder, 'figures.json');
    const args = ['bench/external.js', '--quick', '--lookups', '50', '--json', file];
    const { code, stdout, stderr } = await runNode(...args);
    assert.is(code, 0, stdout + stderr);
    const { lookups, handshakes } = JSON.parse(readFileSync(file, 'utf8')) as Figures;
    const stores = ['memory', 'node-redis', 'ioredis', 'json', 'advanced'];
    assert.is(Object.keys(lookups).length, stores.length);
    for (const [name, rows] of Object.entries(lookups)) {
      assert.ok(stores.some((store) => name.includes(store)), name); // prettier-ignore
      assert.is(rows.length, 5 * 3, 'five things to do, three ways');
      for (const { median } of rows) assert.ok(median.elapsed > 0 && median.cpu >= 0);
    }
    assert.is(handshakes.length, 8);
    for (const { way, resumed, perSecond, cpu } of handshakes) {
      assert.is(resumed, way.startsWith('nothing') ? 0 : 1, way);
      assert.ok(perSecond > 0 && cpu > 0, way);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Figures {
  lookups: Record<string, { median: { elapsed: number; cpu: number } }[]>;
  handshakes: { way: string; resumed: number; perSecond: number; cpu: number }[];
}

test.run();

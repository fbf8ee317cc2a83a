import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runNode } from '../examples/program.ts';

const test = suite('npm run bench:clients');

const folder = mkdtempSync(join(tmpdir(), 'sesscache-bench-'));
const json = join(folder, 'figures.json');

test.after(() => rmSync(folder, { recursive: true, force: true }));

test('measures every client in both versions, and writes it down', async () => {
  const few = ['--quick', '--connections', '4', '--json', json];
  const { code, stdout, stderr } = await runNode('bench/clients/index.js', ...few);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`, Node ${process.versions.node}, OpenSSL `));
  const { results } = JSON.parse(readFileSync(json, 'utf8'));
  assert.is(results.length, 2);
  for (const { version, rows } of results) {
    assert.match(stdout, new RegExp(`^\\| ${version.replace('v', ' ')} +\\| full`, 'm'));
    assert.is(rows.length, 7);
    for (const { name, figures } of rows) {
      const { full, resumed } = figures;
      assert.is(full.rounds.length, 1);
      assert.is(full.rounds[0].resumed, 0, name);
      assert.ok(full.rounds[0].perSecond > 0 && resumed.rounds[0].perSecond > 0);
      if (name.startsWith('undici, stock')) continue; // loses sessions at random
      const isSingleUse = version === 'TLSv1.3' && !/stock|again|keepLast/.test(name);
      assert.ok(
        isSingleUse ? resumed.rounds[0].resumed >= 0.5 : resumed.rounds[0].resumed === 1,
        name,
      );
      assert.ok(resumed.bytes.received < full.bytes.received / 2, 'no certificate');
    }
  }
});

test.run();

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('attachTicketKeys: fuzzing');

test('neither 30,000 foreign tickets nor a million odd calls abort the process or throw', async () => {
  const program = join(import.meta.dirname, 'fuzz.ts');
  const args = ['--no-warnings', '--import', 'tsx', program, '30000', '1000000'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000 });
  const seen = JSON.parse(stdout) as Record<string, number> & { uncaught: string[] };
  assert.equal(seen.uncaught, [], stdout);
  assert.equal([seen['broken'], seen['calls']], [0, 1_000_000], stdout);
  assert.ok(
    seen['asked']! >= 30_000 && seen['accepted']! > 1000 && seen['unknown']! > 1000,
    stdout,
  );
  assert.is(seen['resumed'], seen['handshakes']! / 2, stdout);
});

test.run();

// What secrets leave in the memory of the process once the keys have been detached.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unmask } from '../support/masked.ts';
import { searchMemory } from '../support/memory.ts';

const test = suite('ticket keys: secrets in memory');

test('are in no memory of the process once the keys are detached', async () => {
  if (!existsSync('/proc/self/mem')) return;
  const program = join(import.meta.dirname, 'secrets-child.ts');
  const args = ['--no-warnings', '--expose-gc', '--import', 'tsx', program];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const found: number[] = [];
  for (let i = 0; i < 2; i++) {
    const masked = JSON.parse((await lines.next()).value as string) as string[];
    assert.is(masked.length, 4, 'three secrets, and the state that the ratchet has come to');
    const secrets = masked.map(unmask);
    found.push(searchMemory(child.pid!, secrets).found);
    child.stdin.write('on\n');
  }
  await once(child, 'exit');
  assert.ok(found[0]! >= 3, `the search finds what is in use: ${found[0]}`);
  assert.is(found[1], 0);
});

test.run();

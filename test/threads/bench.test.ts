import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('benchmarks of threads');

const run = async (name: string, ...args: string[]): Promise<string> => {
  const program = fileURLToPath(new URL(`../../bench/threads/${name}`, import.meta.url));
  return (await promisify(execFile)(process.execPath, [program, ...args])).stdout;
};

test('the share under the lock: none of a lookup, much of an add, little of a server', async () => {
  const stdout = await run('lock.js', '1', '300');
  const shareOf = (task: string): number => {
    const [, share] = new RegExp(`^${task} +\\d+ +([\\d.]+) `, 'm').exec(stdout) ?? [];
    assert.type(share, 'string', stdout);
    return Number(share);
  };
  assert.is(shareOf('lookups'), 0);
  for (const task of ['adds', 'replacements', 'removals', 'stored handshakes', 'single use']) {
    assert.ok(shareOf(task) > 0.1, stdout);
  }
  assert.ok(shareOf('server') < shareOf('single use') / 2, stdout);
});

test('calls a second, beside the ceiling of the machine', async () => {
  const stdout = await run('index.js', '1', 'adds');
  assert.match(stdout, /^adds +one thread, thousands a second +[1-9]\d* \(\d+–\d+\)$/m);
  assert.match(stdout, /^ +against a cache of its own +\d+\.\d\d \(/m);
  if (availableParallelism() > 1) {
    assert.match(stdout, /^ +2 threads against one, one cache +\d+\.\d\d \(/m);
    assert.match(stdout, /^ +2 threads against one, a cache each +\d+\.\d\d \(/m);
    assert.match(stdout, /^ +the former against the latter +\d+\.\d\d \(/m);
  }
  assert.match(stdout, /^busy: \{"lookups":\d+,"stores":\d+,"others":\d+\}$/m);
});

test.run();

// The runner itself, on files that it is told of by their folder.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NEEDS } from './programs.js';

const test = suite<{ folder: string }>('the runner');
const root = fileURLToPath(new URL('../../', import.meta.url));
const HEAD = `import { suite } from 'uvu';
  import * as assert from 'uvu/assert';
  const test = suite('made');
`;

test.before.each((context) => {
  context.folder = mkdtempSync(join(root, 'test/made-')); // the runner looks below test/ only
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

interface Ended {
  code: number;
  text: string;
  last: string;
}

/** Runs one file of tests; \`without\`: as if the machine did not have these programs. */
function runTests(folder: string, code: string, args: string[] = [], without = ''): Promise<Ended> {
  writeFileSync(join(folder, 'it.test.ts'), HEAD + code);
  const name = folder.slice(folder.lastIndexOf('made-'));
  const options = {
    cwd: root,
    timeout: 120_000,
    env: { ...process.env, SESSCACHE_WITHOUT: without },
  };
  return new Promise((resolve) => {
    const line = ['--import', 'tsx', 'test/index.ts', name, ...args];
    const child = execFile(process.execPath, line, options, (_, stdout, stderr) => {
      const last = stdout.trimEnd().split('\n').at(-1) ?? '';
      resolve({ code: child.exitCode ?? -1, text: stdout + stderr, last });
    });
  });
}

test('tests that pass are counted, and the exit code is 0', async ({ folder }) => {
  const code = `test('one', () => {}); test('two', async () => {}); test.run();`;
  const { code: exit, last } = await runTests(folder, code);
  assert.is(last, '2 passed, 0 failed, 0 not run');
  assert.is(exit, 0);
});

test('a test without its program is left out by name, and --all fails for it', async ({
  folder,
}) => {
  const code = `import { findProgram, run } from '../support/commands.ts';
    test('alone', () => {});
    test('with a server', () => findProgram('redis-server'));
    test('with a client', () => run('openssl', ['version']));
    test.run();`;
  const without = 'redis-server,openssl';
  const { code: exit, text, last } = await runTests(folder, code, [], without);
  assert.is(last, '1 passed, 0 failed, 2 not run');
  assert.is(exit, 0);
  assert.match(text, /npm run setup/);
  assert.match(text, /redis-server: 1\n.*made › with a server/);
  assert.match(text, /openssl: 1\n.*made › with a client/);
  const strict = await runTests(folder, code, ['--all'], without);
  assert.is(strict.last, '1 passed, 1 failed, 2 not run');
  assert.is(strict.code, 1);
});

test('where a hook lacks a program, all tests of its suite are left out', async ({ folder }) => {
  const code = `import { findProgram } from '../support/commands.ts';
    test.before(() => { findProgram('nginx'); });
    test('one', () => {}); test('two', () => {}); test.run();
    const other = suite('other'); other('three', () => {}); other.run();`;
  const { last } = await runTests(folder, code, [], 'nginx');
  assert.is(last, '1 passed, 0 failed, 2 not run');
});

test('a run ends, whatever is left open, and says what that is', async ({ folder }) => {
  const code = `import { createServer } from 'node:net';
    import { spawn } from 'node:child_process';
    test('fails', () => {
      createServer().listen(0);
      spawn('sleep', ['1000']);
      throw new Error('on purpose');
    });
    test.run();`;
  const { code: exit, text, last } = await runTests(folder, code);
  assert.is(last, '0 passed, 1 failed, 0 not run');
  assert.is(exit, 1);
  assert.match(
    text,
    /Left open[^]*it\.test\.ts: Server at[^]*it\.test\.ts: process \d+, sleep 1000/,
  );
  assert.match(text, /on purpose/);
});

test('what fails is counted: tests, hooks, files without tests, what nothing catches', async ({
  folder,
}) => {
  const run = (code: string): Promise<Ended> => runTests(folder, code);
  assert.match(
    (await run(`test('not run', () => {});`)).text,
    /ran no suite[^]*0 passed, 1 failed/,
  );
  assert.match((await run('test.run();')).text, /without tests[^]*0 passed, 1 failed/);
  assert.match((await run(`throw new Error('early');`)).text, /early[^]*0 passed, 1 failed/);
  const hooks = `test.before(() => { throw new Error('hook'); }); test('one', () => {}); test.run();`;
  assert.match((await run(hooks)).text, /hook[^]*0 passed, 1 failed/);
  const late = `test('one', async () => {
      setTimeout(() => { throw new Error('stray'); }, 5);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }); test.run();`;
  assert.match((await run(late)).text, /not caught[^]*stray[^]*1 passed, 1 failed/);
  const differs = `test('one', () => assert.equal({ a: 1 }, { a: 2 })); test.run();`;
  assert.match((await run(differs)).text, /a[^]*1[^]*2[^]*0 passed, 1 failed/);
});

test('what it needs has a package of Debian each', () => {
  for (const { name, from, use } of NEEDS) assert.ok(name && from && use, name);
});

test.run();

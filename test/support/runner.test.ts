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

/** Runs one file of tests; `without`: as if the machine did not have these programs. */
function runTests(folder: string, code: string, args: string[] = [], without = ''): Promise<Ended> {
  writeFileSync(join(folder, 'it.test.ts'), HEAD + code);
  return runFolder(folder, args, without);
}

function runFolder(folder: string, args: string[] = [], without = ''): Promise<Ended> {
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

test('--all tries all cases in this process too', async ({ folder }) => {
  const code = `import { depth } from '../support/depth.ts';
    test('is thorough', () => assert.is(depth('all', 'part'), 'all')); test.run();`;
  const whole = await runTests(folder, code, ['--all']);
  assert.is(whole.last, '1 passed, 0 failed, 0 not run', whole.text);
  const part = await runTests(folder, code);
  assert.is(part.last, '0 passed, 1 failed, 0 not run', part.text);
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

const parallel = suite<{ folder: string }>('the runner, several files at a time');

parallel.before.each((context) => {
  context.folder = mkdtempSync(join(root, 'test/core/made-')); // of the first layer
});
parallel.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Writes a.test.ts, b.test.ts … and runs them in processes of their own. */
function runAll(folder: string, codes: string[], ...args: string[]): Promise<Ended> {
  for (const [i, code] of codes.entries()) {
    writeFileSync(join(folder, `${'abcd'[i]}.test.ts`), HEAD + code);
  }
  return runFolder(folder, ['--jobs', '2', ...args], 'nginx');
}

parallel('files run at the same time, and the totals are of all of them', async ({ folder }) => {
  // Each waits for the other: one after another, neither would pass.
  const meet = (mine: string, other: string): string => `
    import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    test('meets the other', async () => {
      writeFileSync('${folder}/${mine}', '');
      const end = Date.now() + 20_000;
      while (!existsSync('${folder}/${other}') && Date.now() < end) await sleep(10);
      assert.ok(existsSync('${folder}/${other}'));
    });
    test.run();`;
  const third = `test('three', () => {}); test.run();`;
  const { code, last, text } = await runAll(folder, [meet('a', 'b'), meet('b', 'a'), third]);
  assert.is(last, '3 passed, 0 failed, 0 not run');
  assert.is(code, 0);
  assert.match(text, /first layer: 3 passed, 0 failed, .* s, 2 files at a time/);
});

parallel('what fails, is left out or is left open there is told as ever', async ({ folder }) => {
  const open = `import { createServer } from 'node:net';
    test('leaves a server', () => void createServer().listen(0)); test.run();`;
  const fails = `test('fails', () => assert.is(1, 2, 'on purpose'));
    test('strays', () => new Promise((resolve) => {
      setTimeout(resolve, 50);
      setTimeout(() => { throw new Error('stray'); }, 5);
    }));
    test.run();`;
  const lacks = `import { findProgram } from '../../support/commands.ts';
    test('needs nginx', () => void findProgram('nginx')); test.run();`;
  const { code, last, text } = await runAll(folder, [open, fails, lacks]);
  assert.is(last, '2 passed, 2 failed, 1 not run');
  assert.is(code, 1);
  assert.match(text, /b\.test\.ts › made › fails\n.*on purpose/);
  assert.match(text, /b\.test\.ts: not caught\n.*stray/);
  assert.match(text, /nginx: 1\n.*c\.test\.ts › made › needs nginx/);
  assert.match(text, /Left open[^]*a\.test\.ts: Server at/);
});

parallel('a process that ends fails its file, and the others run', async ({ folder }) => {
  const ends = `test('ends', () => process.exit(0)); test.run();`;
  const dies = `test('dies', () => process.kill(process.pid, 'SIGKILL')); test.run();`;
  const good = `test('good', () => {}); test.run();`;
  const { code, last, text } = await runAll(folder, [ends, dies, good, good]);
  assert.is(last, '2 passed, 2 failed, 0 not run');
  assert.is(code, 1);
  assert.match(text, /FAIL .*a\.test\.ts\n.*exit code 0/);
  assert.match(text, /FAIL .*b\.test\.ts\n.*SIGKILL/);
});

parallel('files with the suite that has no name have its tests each', async ({ folder }) => {
  const code = `import { test as shared } from 'uvu';
    shared('one', () => {}); shared.run();
    test('two', () => {}); test.run();`;
  const { last } = await runAll(folder, [code, code, code], '--jobs', '1');
  assert.is(last, '6 passed, 0 failed, 0 not run');
});

parallel('a run says how much of the random cases it tries: all with --all', async ({ folder }) => {
  const code = `import { depth, remarkDepth } from '../../support/depth.ts';
    test('tries', () => remarkDepth('cases', 3000, depth(3000, 200))); test.run();`;
  const some = await runAll(folder, [code, code]);
  assert.is(some.text.match(/; 200 of 3,000 cases\n/g)?.length, 2);
  const all = await runAll(folder, [code, code], '--all');
  assert.not.match(all.text, 'cases');
  assert.is(all.last, '2 passed, 0 failed, 0 not run');
});

test('what it needs has a package of Debian each', () => {
  for (const { name, from, use } of NEEDS) assert.ok(name && from && use, name);
});

test.run();
parallel.run();

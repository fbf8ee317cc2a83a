import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runNode } from './program.ts';

const test = suite('npm run example:threads');

const [major = 0] = process.versions.node.split('.').map(Number);

/** Node 24.21 and 26 can transfer sockets. */
const WAYS = major >= 24 ? [[], ['--sockets']] : [[]];

for (const options of WAYS) {
  test(`all threads resume the sessions of the others ${options.join(' ')}`, async () => {
    const { code, stdout, stderr } = await runNode('examples/threads.js', ...options);
    assert.is(stderr, '');
    assert.is(code, 0, stdout);
    assert.match(stdout, /^\d threads on port /m);
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const [, resumed, all] = new RegExp(`^${version} {2}(\\d+) of (\\d+) `, 'm').exec(stdout)!;
      assert.is(resumed, all);
      assert.ok(Number(all) >= 36);
    }
  });
}

test('explains its options if one is wrong', async () => {
  const { code, stderr } = await runNode('examples/threads.js', '--fast');
  assert.is(code, 2);
  assert.match(stderr, /^Usage: npm run example:threads/);
});

test.run();

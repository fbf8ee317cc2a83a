import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withRedis } from '../redis/server.ts';
import { freePort } from '../support/ports.js';
import { runNode } from './program.ts';

const test = suite('npm run example:cluster');

test('all workers resume the sessions of the others, kept by the primary', async () => {
  const { code, stdout, stderr } = await runNode('examples/cluster.js');
  assert.is(stderr, '');
  assert.is(code, 0, stdout);
  assert.match(stdout, /^3 workers on port \d+, sessions in the primary process$/m);
  checkTable(stdout);
  assert.match(stdout, /^the primary holds \d+ sessions in \d+ bytes, after \d+ questions$/m);
});

test('--redis: they are in Redis, and their ids are not', async () => {
  await withRedis(async (redis) => {
    const { code, stdout, stderr } = await runNode('examples/cluster.js', '--redis', redis.url);
    assert.is(stderr, '');
    assert.is(code, 0, stdout);
    checkTable(stdout);
    assert.ok(Number(await redis.command('dbsize')) >= 4);
  });
});

test('--redis: says where there is none', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`;
  const { code, stderr } = await runNode('examples/cluster.js', '--redis', url);
  assert.is(code, 1);
  assert.match(stderr, new RegExp(`^no Redis at ${url}: `));
});

test('explains its options if one is wrong', async () => {
  const { code, stderr } = await runNode('examples/cluster.js', '--fast');
  assert.is(code, 2);
  assert.match(stderr, /^Usage: npm run example:cluster/);
});

function checkTable(stdout: string): void {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const worker of [1, 2, 3]) {
      const row = `^${version}  worker ${worker}: \\d+ full, \\d+ resumed of its own, (\\d+) of others$`;
      assert.ok(Number(new RegExp(row, 'm').exec(stdout)?.[1]) > 0, stdout);
    }
    assert.match(stdout, new RegExp(`^${version}  48 of 48 reconnects resumed$`, 'm'));
  }
}

test.run();

// Under fake timers, which stand still, no session outlives its time and nothing hangs; and nothing
// of the adapter keeps a process alive.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('attachServer: timers');

const child = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function outputOf(program: string, ...args: string[]): Promise<string> {
  const node = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = (await node.stdout.setEncoding('utf8').toArray()).join('');
  return text;
}

for (const tool of ['node:test', 'fake-timers']) {
  for (const moment of ['before', 'after']) {
    test(`no session outlives its time, and nothing hangs: ${tool}, installed ${moment} the import`, async () => {
      const output = await outputOf(child('under-fake-timers.ts'), tool, moment);
      assert.equal(JSON.parse(output), {
        tls12: 'FRF',
        tls13: 'FRF',
        client: 'FRF',
        store: 'F',
        silent: 'closed',
        moved: 1000,
      });
    });
  }
}

for (const attached of ['stock', 'attached', 'attached, with a handshakeTimeout']) {
  test(`an unref'd server with a silent client that it unrefs ends: ${attached}`, async () => {
    const node = spawn(
      process.execPath,
      ['--no-warnings', '--import', 'tsx', child('unref-server.ts'), attached],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [port] = (await once(node.stdout.setEncoding('utf8'), 'data')) as [string];
    const silent: Socket = connect(Number(port), '127.0.0.1');
    silent.on('error', () => {});
    const timer = setTimeout(() => node.kill('SIGKILL'), 10_000);
    const [code] = (await once(node, 'exit')) as [number | null];
    clearTimeout(timer);
    silent.destroy();
    assert.is(code, 0);
  });
}

test.run();

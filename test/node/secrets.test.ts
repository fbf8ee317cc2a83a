// What a server leaves of its clients' secrets in the memory of its process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unmask } from '../support/masked.ts';
import { searchMemory } from '../support/memory.ts';

const test = suite('secrets of a server');

const VISITS = 8;

interface Measured {
  handshakes: { full: number; resumed: number };
  secrets: number;
  found: number;
  kept: number;
  intact: number;
}

async function measure(version: string, way: string): Promise<Measured> {
  const program = join(import.meta.dirname, 'secrets-server.ts');
  const args = ['--no-warnings', '--expose-gc', '--import', 'tsx', program, version, way];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => (await lines.next()).value as string;
  const port = Number(await line());
  let session: Buffer | undefined;
  for (let i = 0; i < VISITS; i++) session = await visit(port, i % 4 === 0 ? undefined : session);
  child.stdin.write('end\n');
  const handshakes = JSON.parse(await line()) as Measured['handshakes'];
  const { secrets: masked, ...rest } = JSON.parse(await line()) as {
    secrets: string[];
    kept: number;
    intact: number;
  };
  const secrets = masked.map(unmask);
  const { found } = searchMemory(child.pid!, secrets);
  child.stdin.end();
  await once(child, 'exit');
  return { handshakes, secrets: secrets.length, found, ...rest };
}

async function visit(port: number, session?: Buffer): Promise<Buffer | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, session });
  let newest = session;
  socket.on('session', (it) => (newest = it));
  socket.resume();
  await once(socket, 'close');
  return newest;
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const way of ['alone', 'store']) {
    test(`${version}, ${way}: are in no memory of the process once the cache is closed`, async () => {
      if (!existsSync('/proc/self/mem')) {
        assert.is.not(process.platform, 'linux', 'where it can be searched, it is');
        return;
      }
      const ours = await measure(version, way);
      assert.is(ours.handshakes.full, 2);
      assert.is(ours.handshakes.resumed, 6);
      assert.ok(ours.secrets >= 2, 'there were sessions');
      assert.is(ours.found, 0, JSON.stringify(ours));
    });
  }

  for (const way of ['listener', 'callback']) {
    test(`${version}, ${way}: are intact where the program may have kept them`, async () => {
      const shared = await measure(version, way);
      assert.ok(shared.kept > 0);
      assert.is(shared.intact, shared.kept);
      assert.ok(shared.found > 0, 'the search finds what a program has kept');
    });
  }
}

test.run();

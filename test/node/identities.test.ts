// Where `resumeSession` brings the PSK identities of TLS 1.3, hellos are read for names only. No
// release of Node does so yet: one is simulated, in a process of its own, for a runtime is tried
// once.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('attachServer: PSK identities');

const program = fileURLToPath(new URL('identities-server.ts', import.meta.url));

interface Outcome {
  reused: Record<string, boolean>;
  read: number;
  hits: number;
  handshakes: { full: number; resumed: number; failed: number };
  errors: string[];
}

async function outcomeOf(...args: string[]): Promise<Outcome> {
  const node = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse((await node.stdout.setEncoding('utf8').toArray()).join('')) as Outcome;
}

const VISITS = 8;
const IS_NODE_20 = process.versions.node.startsWith('20.');

for (const store of ['alone', 'shared']) {
  for (const names of ['any', 'names']) {
    // Later releases than Node 20 resume no session for another name, however it was stored.
    const expected = {
      'TLSv1.3 first': false,
      'TLSv1.3 again': true,
      'TLSv1.3 used before': false,
      'TLSv1.3 other name': names === 'any' && IS_NODE_20,
      'TLSv1.2 first': false,
      'TLSv1.2 again': true,
      'TLSv1.2 other name': names === 'any' && IS_NODE_20,
      both: false,
    };
    test(`a runtime that tells identities resumes as others do: ${store}, ${names}`, async () => {
      const today = await outcomeOf('stock', store, names);
      assert.equal(today.reused, expected);
      assert.is(today.read, VISITS);
      const then = await outcomeOf('identities', store, names);
      assert.equal(then.reused, expected);
      assert.is(then.read, names === 'names' ? VISITS : 0);
      for (const { errors, handshakes } of [today, then]) {
        assert.equal(errors, []);
        assert.is(handshakes.failed, 0);
        assert.is(handshakes.full + handshakes.resumed, VISITS);
      }
    });
  }
}

test.run();

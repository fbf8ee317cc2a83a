// `crypto.setFips(true)` restricts TLS. If the FIPS provider is missing, SHA-256 is refused too,
// and connections are made without a cache.

import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/commands.ts';

const test = suite('FIPS');

async function runHere(program: string): Promise<unknown> {
  const prelude = `
    import crypto from 'node:crypto';
    import tls from 'node:tls';
    import { once } from 'node:events';
    import { readCertificate } from ${JSON.stringify(join(import.meta.dirname, '../../examples/certificates.js'))};
    const hex = (key) => key && Buffer.from(key).toString('hex');
  `;
  // Tests the build: a loader might use hashes itself.
  const args = ['--no-warnings', '--input-type=module', '--eval', prelude + program];
  return JSON.parse(await run(process.execPath, args));
}

test('belongs to the key', async () => {
  const keys = (await runHere(`
    const { sessionKey } = await import('sesscache/client');
    const options = { host: 'a.test', port: 1, ca: 'x' };
    const before = sessionKey(options);
    const { getFips } = crypto;
    let fips = 1;
    crypto.getFips = () => fips; // a build with the provider
    (await import('node:module')).syncBuiltinESMExports();
    const on = sessionKey(options);
    fips = 0;
    console.log(JSON.stringify([before, on, sessionKey(options)].map(hex)));
  `)) as string[];
  assert.is.not(keys[0], keys[1]);
  assert.is(keys[0], keys[2]);
});

/** OpenSSL may go on to use an algorithm that it has loaded, so FIPS is set before and after. */
for (const when of ['before the package is loaded', 'later'] as const) {
  test(`without its provider, set ${when}: no error, and connections as stock Node makes them`, async () => {
    const seen = (await runHere(`
      const isLate = ${when === 'later'};
      const server = tls.createServer(readCertificate('rsa'), (socket) => socket.on('error', () => {}).end());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { cert: ca } = readCertificate('rsa');
      const base = { port: server.address().port, host: 'localhost', ca };
      const secureContext = tls.createSecureContext({ ca });
      const outcome = async (open) => {
        try {
          const socket = open();
          await once(socket, 'secureConnect');
          socket.destroy();
          return 'secure';
        } catch (error) {
          return error.code ?? error.message;
        }
      };
      if (!isLate) crypto.setFips(true);
      const { ClientSessionCache, connect, sessionKey } = await import('sesscache/client');
      const sessions = new ClientSessionCache();
      if (isLate) await outcome(() => connect({ ...base, secureContext, sessions }));
      crypto.setFips(true);
      const results = [];
      for (const more of [{}, { secureContext }]) {
        const options = { ...base, ...more };
        const ours = await outcome(() => connect({ ...options, sessions }));
        const stock = await outcome(() => tls.connect(options));
        results.push([ours, stock]);
      }
      const key = sessionKey({ ...base, host: 'new.test' }) ?? null;
      let isRefused = false;
      try {
        crypto.createHash('sha256');
      } catch {
        isRefused = true;
      }
      const { errors, unkeyedBy } = sessions.stats();
      console.log(JSON.stringify({ isRefused, results, key, errors, unkeyedBy }));
      process.exit();
    `)) as { isRefused: boolean; results: [string, string][]; key: unknown; errors: number; unkeyedBy: string[] }; // prettier-ignore
    for (const [ours, stock] of seen.results) assert.is(ours, stock);
    assert.is(seen.errors, 0);
    if (when !== 'later') assert.is(seen.isRefused, true, 'the provider is missing here');
    assert.is(seen.key === null, seen.isRefused);
    assert.equal(seen.unkeyedBy, seen.isRefused ? ['sha256'] : []);
  });
}

test.run();

// The README's examples of the server and of the cache, run as they are printed.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:https';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sClient } from '../support/commands.ts';
import { blocksOf, read, root } from './pages.ts';

const test = suite("the README's examples");
const folder = `${root}build/readme/`;

/** The module that a block is, with what it takes for given before it, and exports after it. */
async function load<T>(name: string, given: string, words: string, exports: string): Promise<T> {
  const block = blocksOf('README.md').find(({ code }) => code.includes(words));
  assert.ok(block, `no block has ${words}`);
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${name}.mjs`;
  const code = block.code.replace('8443', '0'); // a free port
  writeFileSync(file, `${given}\n${code}\nexport { ${exports} };\n`);
  return (await import(pathToFileURL(file).href)) as T;
}

test('the server counts what the README says, when openssl s_client connects as it says', async () => {
  const fixture = (name: string): string => JSON.stringify(readFileSync(`${root}test/fixtures/tls/${name}`, 'utf8')); // prettier-ignore
  const given = `const key = ${fixture('rsa.key.pem')}, cert = ${fixture('rsa.cert.pem')};
    const app = (request, response) => response.end();`;
  const { server, attached } = await load<{
    server: Server;
    attached: { stats(): { handshakes: object } };
  }>('server', given, 'server.listen(8443)', 'server, attached');
  try {
    await Promise.race([once(server, 'listening'), once(server, 'error')]);
    const { port } = server.address() as AddressInfo;
    const command = /openssl s_client (.*?) {2,}#/.exec(read('README.md'))![1]!;
    await sClient(command.replace('localhost:8443', `127.0.0.1:${port}`).split(' '));
    const { full, resumed, failed } = attached.stats().handshakes as Record<string, number>;
    const counted = `{ full: ${full}, resumed: ${resumed}, failed: ${failed} }`;
    assert.ok(read('README.md').includes(`\`${counted}\``), counted);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('the cache answers what the comments say', async () => {
  const block = blocksOf('README.md').find(({ code }) => code.includes('setSessionCacheMode'))!;
  // Each line of the form `expression; // value` is checked.
  const checked: [unknown, string][] = [];
  const code = block.code.replaceAll(
    /^(cache\.(?:add|resume|remove|flush|stats)[^;]*); \/\/ (true|\d+).*$/gm,
    (_, expression, value) => `check(${expression}, '${value}');`,
  );
  mkdirSync(folder, { recursive: true });
  const given = 'const data = Uint8Array.of(1); const checked = []; const check = (...all) => checked.push(all); const console = { log: (...all) => checked.push([all.join(" "), "removed: removed"]) };'; // prettier-ignore
  writeFileSync(`${folder}cache.mjs`, `${given}\n${code}\nexport { checked };\n`);
  const made = (await import(pathToFileURL(`${folder}cache.mjs`).href)) as {
    checked: typeof checked;
  };
  checked.push(...made.checked);
  assert.is(checked.length, 6);
  for (const [value, expected] of checked) assert.is(String(value), expected);
});

test.run();

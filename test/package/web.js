import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { buildSync } from 'esbuild';

const PROGRAM = `
  import { Session, SessionCache } from 'sesscache';
  const cache = new SessionCache({ sessionIdContext: Uint8Array.of(1) });
  const id = new Uint8Array(32).fill(7);
  cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3), sessionIdContext: Uint8Array.of(1) }));
  globalThis.resumed = cache.resumeSession(id).data.length;
`;

/**
 * Bundles the installed package for browsers, where an import of \`node:…\` is an error, and runs
 * the bundle in a realm that has what every browser has and nothing of Node.
 * @param {string} project
 */
export function web(project) {
  const { outputFiles } = buildSync({
    stdin: { contents: PROGRAM, resolveDir: project },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  });
  const [bundle] = outputFiles;
  assert.ok(bundle !== undefined);
  console.log('  bundles for browsers: no import of node:');

  const { atob, clearTimeout, crypto, setTimeout, TextDecoder, TextEncoder } = globalThis;
  const ofBrowsers = { atob, clearTimeout, crypto, setTimeout, TextDecoder, TextEncoder };
  const realm = createContext({ ...ofBrowsers, resumed: 0 });
  new Script(bundle.text, { filename: join(project, 'bundle.js') }).runInContext(realm);
  assert.equal(realm['resumed'], 3);
  console.log('  runs without Node globals');
}

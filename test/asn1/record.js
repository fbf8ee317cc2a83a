// Writes recorded.json: real sessions of the Node releases below, made with the test-only
// certificates. `node test/asn1/record.js` installs each release from npm (some 100 MB each) into a
// folder that it removes again, so it is run by hand when a release changes what sessions look
// like.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASES = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];
const PLATFORM = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const program = fileURLToPath(new URL('sessions.js', import.meta.url));
const output = fileURLToPath(new URL('recorded.json', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'sesscache-record-'));
try {
  const recorded = RELEASES.map((release) => {
    const prefix = join(folder, release);
    run('npm', [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefix',
      prefix,
      `node-${PLATFORM}@${release}`,
    ]);
    const node = join(prefix, 'node_modules', `node-${PLATFORM}`, 'bin', 'node');
    const made = JSON.parse(run(node, [program]));
    console.log(`${made.version}, OpenSSL ${made.openssl}: ${made.sessions.length} sessions`);
    return made;
  });
  const note =
    'Made by record.js with the test-only certificates. The keys in here protect nothing.';
  writeFileSync(output, `${JSON.stringify({ note, recorded }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]}: exit ${status}\n${stderr}`);
  return stdout;
}

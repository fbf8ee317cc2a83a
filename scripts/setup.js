// `npm run setup`: installs what the tests need beside Node and npm, from Debian's packages, as
// root or through sudo. `-- --list` only says what that is.

import { spawnSync } from 'node:child_process';
import { missing, NEEDS } from '../test/support/programs.js';

const lacking = missing();
for (const need of NEEDS) {
  const state = lacking.includes(need) ? 'missing' : 'here';
  console.log(`${state.padEnd(9)}${need.name.padEnd(28)}${need.from.padEnd(14)}${need.use}`);
}

const packages = [...new Set(lacking.map(({ from }) => from))];
if (packages.length === 0) {
  console.log('\nEverything is here.');
} else if (process.argv.includes('--list')) {
  console.log(`\nTo install: ${packages.join(' ')}`);
} else if (!install(packages)) {
  console.error(
    `\nNot installed. On another system than Debian, install what is missing by its own means.`,
  );
  process.exitCode = 1;
}

/** @param {string[]} names */
function install(names) {
  const options = ['install', '--yes', '--no-install-recommends', ...names];
  return asRoot('apt-get', ['update']) && asRoot('apt-get', options) && missing().length === 0;
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function asRoot(command, args) {
  const line = process.getuid?.() === 0 ? [command, ...args] : ['sudo', command, ...args];
  console.log(`\n${line.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { error, status } = spawnSync(line[0] ?? '', line.slice(1), { stdio: 'inherit', env });
  if (error) console.error(`${line[0]}: ${error.message}`);
  return status === 0;
}

// What tests need beside Node and npm: programs, and header files of C. The one list for
// findProgram(), for `npm run setup` and for the README.

import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} Need
 * @property {string} name the program, or the path of a file
 * @property {string} from the package of Debian that has it
 * @property {string} use what tests do with it
 */

/** @type {readonly Need[]} */
export const NEEDS = [
  { name: 'openssl', from: 'openssl', use: 'clients and servers of OpenSSL itself' },
  { name: 'curl', from: 'curl', use: 'a client of Node servers' },
  { name: 'chromium', from: 'chromium', use: 'pages, the playground' },
  { name: 'firefox-esr', from: 'firefox-esr', use: 'pages' },
  { name: 'nginx', from: 'nginx-light', use: 'a server for Node clients' },
  { name: 'haproxy', from: 'haproxy', use: 'a server for the command `sesscache probe`' },
  { name: 'vsftpd', from: 'vsftpd', use: 'an FTP server that insists on resumption' },
  { name: 'redis-server', from: 'redis-server', use: 'sesscache/redis' },
  { name: 'redis-cli', from: 'redis-tools', use: 'sesscache/redis' },
  { name: 'promtool', from: 'prometheus', use: 'alert rules and the dashboard' },
  { name: 'initdb', from: 'postgresql', use: 'a server for clients under sesscache/auto' },
  { name: 'postgres', from: 'postgresql', use: 'the same' },
  { name: 'mariadbd', from: 'mariadb-server', use: 'the same' },
  { name: 'mariadb-install-db', from: 'mariadb-server', use: 'the same' },
  { name: 'mosquitto', from: 'mosquitto', use: 'the same' },
  { name: 'slapd', from: 'slapd', use: 'the same' },
  {
    name: 'perl',
    from: 'perl-base',
    use: 'a listening socket that programs inherit, as from systemd',
  },
  { name: 'gcc', from: 'gcc', use: "OpenSSL's own cache, in the benchmark and for traces" },
  { name: '/usr/include/stdio.h', from: 'libc6-dev', use: 'the same' },
  { name: '/usr/include/openssl/ssl.h', from: 'libssl-dev', use: 'the same' },
];

/**
 * The path of a program or file of the list; undefined if this machine does not have it. Servers
 * may lie in /usr/sbin, which is not on the path of every user.
 * @param {string} name
 * @returns {string | undefined}
 */
export function locate(name) {
  if (!NEEDS.some((need) => need.name === name)) {
    throw new Error(`${name} is not in the list of test/support/programs.js`);
  }
  if (process.env['SESSCACHE_WITHOUT']?.split(',').includes(name)) return undefined; // to test that
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const folders = path.flatMap((folder) => [folder, folder.replace(/\bbin$/, 'sbin')]);
  folders.push(...postgresFolders());
  const places = name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name));
  return places.find((place) => {
    try {
      accessSync(place, name.startsWith('/') ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian keeps each release of PostgreSQL in a folder of its own, which is on no path. */
function postgresFolders() {
  const folder = '/usr/lib/postgresql';
  try {
    return readdirSync(folder).map((release) => join(folder, release, 'bin'));
  } catch {
    return [];
  }
}

/** What this machine lacks. */
export function missing() {
  return NEEDS.filter(({ name }) => locate(name) === undefined);
}

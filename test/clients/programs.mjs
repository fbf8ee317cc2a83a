// Real servers, each with its data in a folder that goes with the process. They take the test
// certificate and one version of TLS, and resolve to their port.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, copyFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/ports.js';
import { locate } from '../support/programs.js';

const DEADLINE = 30_000; // ms
const fixture = (name) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

const children = [];
const folders = [];
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Some servers refuse to run as root, or to read keys of others. */
function userOf(name) {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A folder of the server's own, with key and certificate. */
function makeFolder({ uid, gid }) {
  const folder = mkdtempSync(join(tmpdir(), 'client-server-'));
  folders.push(folder);
  for (const name of ['rsa.key.pem', 'rsa.cert.pem']) copyFileSync(fixture(name), join(folder, name)); // prettier-ignore
  chmodSync(join(folder, 'rsa.key.pem'), 0o600);
  if (uid !== undefined) {
    for (const name of ['.', 'rsa.key.pem', 'rsa.cert.pem']) chownSync(join(folder, name), uid, gid); // prettier-ignore
  }
  return folder;
}

/** Starts a server, and waits until it takes connections. */
async function start(program, args, port, user = {}) {
  const child = spawn(program, args, { ...user, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text));
  const end = Date.now() + DEADLINE;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1000, false),
    ]);
    socket.destroy();
    if (isUp) return port;
    if (child.exitCode !== null || Date.now() > end) throw new Error(`${program}: ${printed}`);
    await sleep(100);
  }
}

export async function redis(version) {
  const folder = makeFolder({});
  const port = await freePort();
  const args = ['--port', '0', '--tls-port', port, '--save', '', '--dir', folder, '--bind', '127.0.0.1']; // prettier-ignore
  args.push('--tls-cert-file', join(folder, 'rsa.cert.pem'), '--tls-key-file', join(folder, 'rsa.key.pem')); // prettier-ignore
  args.push('--tls-auth-clients', 'no', '--tls-protocols', version);
  return start(locate('redis-server'), args.map(String), port);
}

export async function postgres(version) {
  const user = userOf('postgres');
  const folder = makeFolder(user);
  const data = join(folder, 'data');
  execFileSync(locate('initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync'], {
    ...user,
    stdio: 'ignore',
  });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    ssl: 'on',
    ssl_cert_file: join(folder, 'rsa.cert.pem'),
    ssl_key_file: join(folder, 'rsa.key.pem'),
    ssl_min_protocol_version: version,
    ssl_max_protocol_version: version,
    fsync: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return start(locate('postgres'), ['-D', data, ...args], port, user);
}

export async function mariadb(version) {
  const user = userOf('mysql');
  const folder = makeFolder(user);
  const data = join(folder, 'data');
  const as = process.getuid() === 0 ? ['--user=mysql'] : [];
  execFileSync(
    locate('mariadb-install-db'),
    ['--no-defaults', `--datadir=${data}`, ...as, '--skip-test-db'],
    {
      stdio: 'ignore',
    },
  );
  const port = await freePort();
  const init = join(folder, 'init.sql');
  writeFileSync(init, "CREATE USER test@'%' IDENTIFIED BY 'test';\n");
  chmodSync(init, 0o644);
  const args = [
    '--no-defaults',
    ...as,
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${init}`,
    `--ssl-cert=${join(folder, 'rsa.cert.pem')}`,
    `--ssl-key=${join(folder, 'rsa.key.pem')}`,
    `--tls-version=${version}`,
    '--skip-name-resolve',
  ];
  return start(locate('mariadbd'), args, port);
}

export async function mosquitto(version) {
  const user = userOf('mosquitto');
  const folder = makeFolder(user);
  const port = await freePort();
  const config = join(folder, 'conf');
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `certfile ${join(folder, 'rsa.cert.pem')}`,
      `keyfile ${join(folder, 'rsa.key.pem')}`,
      `tls_version ${version.toLowerCase()}`,
      '',
    ].join('\n'),
  );
  return start(locate('mosquitto'), ['-c', config], port, user);
}

export async function slapd(version) {
  const folder = makeFolder({});
  const port = await freePort();
  const config = join(folder, 'slapd.conf');
  const only = version === 'TLSv1.2' ? 'NORMAL:-VERS-ALL:+VERS-TLS1.2' : 'NORMAL:-VERS-ALL:+VERS-TLS1.3'; // prettier-ignore
  writeFileSync(
    config,
    [
      `pidfile ${join(folder, 'pid')}`,
      `TLSCertificateFile ${join(folder, 'rsa.cert.pem')}`,
      `TLSCertificateKeyFile ${join(folder, 'rsa.key.pem')}`,
      `TLSCipherSuite ${only}`,
      '',
    ].join('\n'),
  );
  const args = ['-f', config, '-h', `ldaps://127.0.0.1:${port}`, '-d', '0'];
  return start(locate('slapd'), args, port);
}

// A real FTPS server that requires each data connection to resume a session.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePath } from '../../../examples/certificates.js';
import { startProgram } from './program.ts';

export interface FtpsServer {
  port: number;
  /** A folder that it serves as `/files`, open for uploads. */
  folder: string;
  /** Its log lines about TLS connections since the last call, data connections included. */
  connections(): FtpsConnection[];
}

export interface FtpsConnection {
  version: string;
  resumed: boolean;
}

/**
 * Runs `use` against vsftpd, which accepts any login, with `require_ssl_reuse`; then stops it.
 * `implicit`: TLS from the first byte on, instead of after `AUTH TLS`.
 */
export async function withFtpsServer(
  { implicit = false }: { implicit?: boolean },
  use: (server: FtpsServer) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'sesscache-vsftpd-'));
  const folder = join(root, 'files');
  const configuration = join(root, 'vsftpd.conf');
  const log = join(root, 'log');
  mkdirSync(folder);
  writeFileSync(log, '');
  try {
    const program = await startProgram('vsftpd', (port) => {
      const lines = Object.entries(optionsFor({ root, log, port, implicit }));
      writeFileSync(configuration, lines.map(([name, value]) => `${name}=${value}\n`).join(''));
      chmodSync(configuration, 0o600);
      return [configuration];
    });
    try {
      let seen = 0;
      const connections = (): FtpsConnection[] => {
        const lines = [...readFileSync(log, 'utf8').matchAll(CONNECTION)].slice(seen);
        seen += lines.length;
        return lines.map(([, version = '', word]) => ({ version, resumed: word === 'reused' }));
      };
      await use({ port: program.port, folder, connections });
    } finally {
      await program.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const CONNECTION = /SSL version: (\S+), SSL cipher: [^,]+, (reused|not reused)/g;

function optionsFor(of: { root: string; log: string; port: number; implicit: boolean }) {
  return {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: of.port,
    background: 'NO',
    // Without chroot, another user or a sandbox, so that any user can start it.
    run_as_launching_user: 'YES',
    seccomp_sandbox: 'NO',
    secure_chroot_dir: of.root,
    anonymous_enable: 'YES',
    no_anon_password: 'YES',
    local_enable: 'NO',
    anon_root: of.root,
    anon_world_readable_only: 'NO',
    anon_umask: '022',
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_other_write_enable: 'YES',
    pasv_address: '127.0.0.1',
    ssl_enable: 'YES',
    implicit_ssl: of.implicit ? 'YES' : 'NO',
    allow_anon_ssl: 'YES',
    force_anon_logins_ssl: 'YES',
    force_anon_data_ssl: 'YES',
    require_ssl_reuse: 'YES',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: certificatePath('rsa.cert.pem'),
    rsa_private_key_file: certificatePath('rsa.key.pem'),
    xferlog_enable: 'YES', // needed for any log
    vsftpd_log_file: of.log,
    debug_ssl: 'YES',
  };
}

// An authority that issues certificates for clients and revokes them, by the openssl command.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openssl } from '../tls/openssl.ts';

export interface KeyAndCert {
  key: string;
  cert: string;
}

export class Authority {
  readonly folder: string;
  cert = '';
  #serial = 1;

  constructor(folder: string) {
    this.folder = folder;
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  async issue(name: string, extra: string[] = []): Promise<KeyAndCert> {
    const [key, request, cert] = ['key', 'csr', 'crt'].map((end) => this.#path(`${name}.${end}`)) as [string, string, string]; // prettier-ignore
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    await openssl([
      'req',
      ...ec,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      key,
      '-out',
      request,
      ...extra,
    ]);
    const ca = ['-CA', this.#path('ca.crt'), '-CAkey', this.#path('ca.key')];
    const serial = ['-set_serial', String(0x80 + this.#serial++)]; // a leading zero byte in DER
    await openssl(['x509', '-req', '-in', request, ...ca, ...serial, '-days', '9', '-out', cert]);
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  }

  /** Puts certificates on the list, and returns the list in PEM. */
  async revoke(...certs: KeyAndCert[]): Promise<string> {
    const config = ['-config', this.#path('ca.cnf'), '-cert', this.#path('ca.crt'), '-keyfile', this.#path('ca.key')]; // prettier-ignore
    for (const { cert } of certs) {
      const path = this.#path('revoked.crt');
      await writeFile(path, cert);
      await openssl(['ca', ...config, '-revoke', path]);
    }
    return openssl(['ca', ...config, '-gencrl', '-crldays', '9']);
  }
}

/** A certificate that signs itself. */
export async function selfSigned(name: string): Promise<KeyAndCert> {
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9'];
  const pem = await openssl(['req', '-x509', ...ec, '-subj', `/CN=${name}`, '-keyout', '-']);
  const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}

/** An authority of that name, in a folder of its own until `use` is over. */
export async function withAuthority(
  name: string,
  use: (authority: Authority) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
  try {
    const authority = new Authority(folder);
    const [key, cert] = [join(folder, 'ca.key'), join(folder, 'ca.crt')];
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9'];
    await openssl(['req', '-x509', ...ec, '-subj', name, '-keyout', key, '-out', cert]);
    authority.cert = await readFile(cert, 'utf8');
    await writeFile(join(folder, 'index.txt'), '');
    await writeFile(
      join(folder, 'ca.cnf'),
      `[ca]\ndefault_ca=this\n[this]\ndatabase=${folder}/index.txt\ndefault_md=sha256\n`,
    );
    await use(authority);
  } finally {
    await rm(folder, { recursive: true });
  }
}

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSServer } from '../asn1/s-server.ts';
import { sClient } from '../support/commands.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** The PEM that `openssl s_client -sess_out` writes after a TLS 1.2 handshake. */
export async function makeSession(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sesscache-session-'));
  const file = join(folder, 'session.pem');
  const server = [
    '-cert',
    fixture('ecdsa.cert.pem'),
    '-key',
    fixture('ecdsa.key.pem'),
    '-no_ticket',
  ];
  try {
    await withSServer([...server, '-tls1_2'], async (port) => {
      await sClient(['-connect', `127.0.0.1:${port}`, '-sess_out', file], 'Q\n');
    });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

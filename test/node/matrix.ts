// `npm run matrix:node`: which client resumes on which server, as a table. All real, on loopback;
// exits with 1 if a pair does not resume.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { launchChromium } from '../support/chromium.ts';
import { run, sClient } from '../support/commands.ts';
import { visit as visitInChromium } from './browser.ts';
import { askForCertificate, type Kind, type Running, type Version, withServer } from './harness.ts';

interface Sort {
  tls: TlsOptions;
  /** Name of the certificate that clients trust. */
  trust: 'rsa' | 'ecdsa';
  member: boolean;
}

/** Connects twice, and says what came of it: 'resumed', or what else. */
type Client = (running: Running, kind: Kind, sort: Sort, folder: string) => Promise<string>;

const sorts: Record<string, Sort> = {
  RSA: { tls: readCertificate('rsa'), trust: 'rsa', member: false },
  ECDSA: { tls: readCertificate('ecdsa'), trust: 'ecdsa', member: false },
  'RSA, client certificate': { tls: askForCertificate, trust: 'rsa', member: true },
};

const clients: Record<string, Client> = {
  [`Node ${process.versions.node}`]: async (running, _kind, { member }) => {
    const { connect } = running;
    const options = member ? readCertificate('client') : {};
    const { session } = await connect(undefined, options);
    await connect(session, options);
    return counted(running);
  },

  'openssl s_client': async (running, kind, { trust, member }, folder) => {
    const { port } = running;
    const file = join(folder, 'session.pem');
    const known = ['-cert', certificatePath('client.cert.pem'), '-key', certificatePath('client.key.pem')]; // prettier-ignore
    const ca = ['-CAfile', certificatePath(`${trust}.cert.pem`)];
    const to = ['-connect', `127.0.0.1:${port}`, '-ign_eof', ...ca, ...(member ? known : [])];
    // A server of HTTP waits to be asked, and the client would leave before it has its session.
    const request =
      kind === 'tls' ? '' : 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    await sClient([...to, '-sess_out', file], request);
    await sClient([...to, '-sess_in', file], request);
    return counted(running);
  },

  curl: async (running, kind, { trust, member }) => {
    const { port } = running;
    const known = ['--cert', certificatePath('client.cert.pem'), '--key', certificatePath('client.key.pem')]; // prettier-ignore
    const ca = ['--cacert', certificatePath(`${trust}.cert.pem`)];
    const common = ['--silent', '--noproxy', '*', '--max-time', '10', '--http0.9', ...ca];
    const at = ['--resolve', `localhost:${port}:127.0.0.1`, `https://localhost:${port}/`];
    const to = [...common, ...(member ? known : []), ...at];
    // Another version of HTTP for the second, or it would go through the first connection.
    await run('curl', [kind === 'http2' ? '--http2' : '--http1.1', ...to, '--next', '--http1.1', ...to]); // prettier-ignore
    return counted(running);
  },

  Chromium: async (running, kind, { member }) => {
    if (kind === 'tls') return 'speaks HTTP only';
    if (member) return 'has no certificate';
    await visitInChromium(browser.context, running);
    // It opens connections in advance, so that the counters do not tell which was which.
    const { resumed } = await visitInChromium(browser.context, running);
    return resumed && running.attached.stats().hits > 0 ? 'resumed' : 'a full handshake';
  },
};

/** What the server's adapter has counted. */
function counted({ attached }: Running): string {
  const { full, resumed } = attached.stats().handshakes;
  return full === 1 && resumed === 1 ? 'resumed' : `${full} full, ${resumed} resumed`;
}

const EXPECTED = new Set(['resumed', 'speaks HTTP only', 'has no certificate']);
const browser = await launchChromium({
  trust: [readCertificate('rsa').cert, readCertificate('ecdsa').cert],
});
const folder = mkdtempSync(join(tmpdir(), 'sesscache-'));
let failures = 0;
console.log(`${'server'.padEnd(8)}${'version'.padEnd(10)}${'certificates'.padEnd(26)}client`);
for (const kind of ['tls', 'https', 'http2'] as const) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [name, sort] of Object.entries(sorts)) {
      const row = await Promise.all(
        Object.entries(clients).map(async ([client, visit]) => {
          const outcome = await resumes(kind, version, sort, visit);
          if (!EXPECTED.has(outcome)) failures++;
          return `${client}: ${outcome}`;
        }),
      );
      console.log(`${kind.padEnd(8)}${version.padEnd(10)}${name.padEnd(26)}${row.join('   ')}`);
    }
  }
}
await browser.close();
rmSync(folder, { recursive: true });
if (failures > 0) {
  console.error(`${failures} pairs did not resume`);
  process.exitCode = 1;
}

async function resumes(kind: Kind, version: Version, sort: Sort, visit: Client): Promise<string> {
  const tls = { ...sort.tls, minVersion: version, maxVersion: version };
  const own = mkdtempSync(join(folder, 'pair-'));
  let outcome = 'not tried';
  await withServer({ kind, tls, attach: { tls13: version === 'TLSv1.3' } }, async (running) => {
    try {
      outcome = await visit(running, kind, sort, own);
    } catch (error) {
      outcome = String(error);
    }
  });
  return outcome;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath } from '../../examples/certificates.js';
import { run, sClient } from '../support/commands.ts';
import { withServer, type Kind, type Version } from './harness.ts';

const test = suite('attachServer: clients other than Node');

const folder = mkdtempSync(join(tmpdir(), 'sesscache-'));
test.after(() => rmSync(folder, { recursive: true }));

const trust = ['-CAfile', certificatePath('rsa.cert.pem')];
const flags: Record<Version, string> = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' };

/** What openssl s_client says of each handshake. */
function handshakes(output: string): string[] {
  return [...output.matchAll(/^(New|Reused), TLSv1/gm)].map(([, word]) => word as string);
}

for (const version of Object.keys(flags) as Version[]) {
  const attach = { tls13: version === 'TLSv1.3' };
  const tls = { maxVersion: version };

  test(`openssl s_client -sess_out, then -sess_in, ${version}`, async () => {
    await withServer({ tls, attach }, async ({ port, attached }) => {
      const file = join(folder, `${version}.pem`);
      const to = ['-connect', `127.0.0.1:${port}`, flags[version], '-ign_eof', ...trust];
      assert.equal(handshakes(await sClient([...to, '-sess_out', file])), ['New']);
      assert.equal(handshakes(await sClient([...to, '-sess_in', file])), ['Reused']);
      assert.equal(attached.stats().handshakes, { full: 1, resumed: 1, failed: 0 });
    });
  });

  for (const kind of ['https', 'http2'] as Kind[]) {
    test(`curl: two transfers of one process, ${kind}, ${version}`, async () => {
      await withServer({ kind, tls, attach }, async ({ port, attached }) => {
        const url = `https://localhost:${port}/`;
        const common = ['--silent', '--show-error', '--max-time', '10', '--noproxy', '*'];
        const trusting = ['--cacert', certificatePath('rsa.cert.pem')];
        const to = [...common, ...trusting, '--resolve', `localhost:${port}:127.0.0.1`, url];
        // Another version of HTTP: it would send a second request for HTTP/2 through the first
        // connection.
        const first = kind === 'http2' ? '--http2' : '--http1.1';
        const output = await run('curl', [first, ...to, '--next', '--http1.1', ...to]);
        const reports = output.match(/"resumed":(true|false)/g);
        assert.equal(reports, ['"resumed":false', '"resumed":true'], output);
        assert.equal(attached.stats().handshakes, { full: 1, resumed: 1, failed: 0 });
      });
    });
  }
}

test('openssl s_client -reconnect resumes five times', async () => {
  await withServer({ tls: { maxVersion: 'TLSv1.2' } }, async ({ port, attached }) => {
    const to = ['-connect', `127.0.0.1:${port}`, '-tls1_2', '-reconnect', ...trust];
    const seen = handshakes(await sClient(to));
    assert.equal(seen, ['New', 'Reused', 'Reused', 'Reused', 'Reused', 'Reused']);
    assert.is(attached.stats().hits, 5);
  });
});

test.run();

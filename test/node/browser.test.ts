// Chromium is the client: what the servers say of its second connection.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { type Chromium, launchChromium } from '../support/chromium.ts';
import { visit } from './browser.ts';
import { type Kind, type Version, withServer } from './harness.ts';

const test = suite('attachServer: Chromium');

let browser: Chromium | undefined;
test.before(async () => {
  browser = await launchChromium({ trust: [readCertificate('rsa').cert] });
});
test.after(() => browser?.close());

for (const kind of ['https', 'http2'] as Kind[]) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as Version[]) {
    test(`Chromium resumes, ${kind}, ${version}`, async () => {
      const attach = { tls13: version === 'TLSv1.3' };
      await withServer({ kind, tls: { maxVersion: version }, attach }, async (running) => {
        const { context } = browser as Chromium;
        const first = await visit(context, running);
        assert.equal([first.resumed, first.version], [false, version]);
        const second = await visit(context, running);
        assert.equal([second.resumed, second.version], [true, version]);
        assert.ok(running.attached.stats().hits >= 1, 'and it was our session');
      });
    });
  }
}

test('Chromium, of a server without a cache, does not', async () => {
  await withServer({ kind: 'https', attach: { tls13: true } }, async (running) => {
    running.attached.detach();
    const { context } = browser as Chromium;
    for (let i = 0; i < 2; i++) assert.is((await visit(context, running)).resumed, false);
  });
});

test.run();

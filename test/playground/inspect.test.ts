import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Page } from 'playwright-core';
import { decodePEM, decodeSession } from '../../bindings/asn1/index.ts';
import { makeSession } from './openssl-session.ts';
import { button, startPlayground } from './page.ts';
import type { Opened, Playground } from './page.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite<{ playground: Playground; opened: Opened; pem: Buffer }>(
  'the playground, looking into a session',
);

test.before(async (context) => {
  context.playground = await startPlayground();
  context.pem = await makeSession();
});
test.after((context) => context.playground?.close());
test.before.each(async (context) => {
  context.opened = await context.playground.open();
  await context.opened.page.getByRole('tab', { name: 'Session' }).click();
});
test.after.each(async ({ opened }) => {
  await opened.page.close();
  assert.equal(opened.problems, [], 'the console stays empty');
});

const value = async (page: Page, name: string): Promise<string> =>
  (await page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .locator('.decoded-value')
    .textContent()) ?? '';

test('decodes what openssl s_client wrote, and hides its secrets', async ({ opened, pem }) => {
  const { page } = opened;
  await page.getByLabel('Session in PEM, hexadecimal or base64').fill(pem.toString());
  const { id, secrets } = decodeSession(decodePEM(pem), { secrets: true });
  assert.ok((await value(page, 'session id')).startsWith(hexOf(id)));
  assert.match(await value(page, 'cipher'), /^TLS_/);
  const key = hexOf(secrets?.masterKey as Uint8Array);
  assert.not((await page.locator('.decoded').textContent())?.includes(key));
  await button(page, 'Show the master secret').click();
  assert.is(await value(page, 'master secret'), key);
  await button(page, 'Show the master secret').click();
  assert.not((await page.locator('.decoded').textContent())?.includes(key));
});

test('takes a file that is dropped, as DER', async ({ opened: { page }, pem }) => {
  const der = decodePEM(pem);
  const transfer = await page.evaluateHandle(
    (bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], 'session.der'));
      return data;
    },
    [...der],
  );
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
  await page.getByRole('rowheader', { name: 'protocol version' }).waitFor();
  assert.ok((await value(page, 'session id')).startsWith(hexOf(decodeSession(der).id)));
});

test('takes a file that is opened', async ({ opened: { page }, pem }) => {
  const buffer = Buffer.from(pem);
  const file = { name: 'session.pem', mimeType: 'text/plain', buffer };
  await page.getByLabel('Session file').setInputFiles(file);
  assert.match(await value(page, 'protocol version'), /^TLS 1\.2/);
});

test('says what is wrong with bytes that are no session', async ({ opened: { page }, pem }) => {
  const input = page.getByLabel('Session in PEM, hexadecimal or base64');
  for (const text of ['hello!', '3003', pem.toString().replace(/\n(.{20})/, '\n'), 'AAAA']) {
    await input.fill(text);
    await page.getByRole('alert').waitFor();
    assert.is(await page.locator('.decoded').count(), 0);
  }
  await button(page, 'Clear').click();
  await page.getByText('Nothing to show yet.').waitFor();
});

test('shows both examples', async ({ opened: { page } }) => {
  await button(page, 'TLS 1.2 example').click();
  assert.match(await value(page, 'protocol version'), /^TLS 1\.2/);
  await button(page, 'TLS 1.3 example').click();
  assert.match(await value(page, 'protocol version'), /^TLS 1\.3/);
  assert.is(await value(page, 'ticket'), '192 bytes, hidden');
});

test('sends nothing anywhere', async ({ opened: { page, problems }, pem }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.getByLabel('Session in PEM, hexadecimal or base64').fill(pem.toString());
  await page.getByRole('rowheader', { name: 'cipher' }).waitFor();
  const refused = await page.evaluate(() =>
    fetch('/elsewhere').then(
      () => false,
      () => true,
    ),
  );
  assert.ok(refused, 'the policy of the page forbids it');
  assert.equal(requests, []);
  assert.ok(problems.every((problem) => problem.includes('Content Security Policy')));
  problems.length = 0; // that is what was to be seen
});

test.run();

// `npm run playground:picture`: makes docs/images/playground.png, the picture in the README, from the
// page as it is.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const server = await preview({
  configFile: here('../playground/vite.config.ts'),
  preview: { port: 0, host: '127.0.0.1' },
  logLevel: 'error',
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1100 } });
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  await page.getByLabel('Size').fill('200');
  await page.getByLabel('Size').press('Enter');
  await page.getByRole('radio', { name: '10×', exact: true }).click();
  await page.getByRole('radio', { name: '20', exact: true }).click();
  await page.getByRole('button', { name: 'Start the stream' }).click();
  await page.waitForTimeout(25_000); // long enough for sessions of many ages
  await page.getByRole('button', { name: 'Pause the stream' }).click();
  await page.screenshot({ path: here('../docs/images/playground.png') });
} finally {
  await browser.close();
  await server.close();
}

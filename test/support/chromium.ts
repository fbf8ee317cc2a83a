// A headless Chromium of the system, with a profile of its own that is removed with it.

import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext } from 'playwright-core';
import { findProgram } from './commands.ts';

export interface ChromiumOptions {
  /**
   * Certificates, in PEM, that are trusted as if a known authority had issued them for every name.
   */
  trust?: (string | Buffer)[];
  /** More arguments of the command line. */
  args?: string[];
}

export interface Chromium {
  /** Where pages are opened. */
  readonly context: BrowserContext;
  /** Ends the browser and removes its profile. */
  close(): Promise<void>;
}

/** No sandbox: tests run as root in containers. The rest keeps it from connections of its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts Chromium.
 * @throws Error that names the package to install if there is none
 */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const executablePath = findProgram('chromium');
  const { trust = [], args = [] } = options;
  const trusted = trust.length > 0 ? [`--ignore-certificate-errors-spki-list=${trust.map(keyHash)}`] : []; // prettier-ignore
  const profile = mkdtempSync(join(tmpdir(), 'sesscache-chromium-'));
  const remove = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      args: [...ARGUMENTS, ...trusted, ...args],
      timeout: 30_000,
    });
    context.setDefaultTimeout(10_000);
    return { context, close: () => context.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Runs `use` with a Chromium of its own, and ends it. */
export async function withChromium<T>(
  options: ChromiumOptions,
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  const browser = await launchChromium(options);
  try {
    return await use(browser.context);
  } finally {
    await browser.close();
  }
}

/** SHA-256 of the public key of a certificate, as Chromium's command line takes it. */
function keyHash(certificate: string | Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

// Browsers as these tests need them: open a page, wait until it has an outcome, look at what went
// wrong meanwhile.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';
import { findProgram } from '../support/commands.ts';
import { launchChromium } from '../support/chromium.ts';

/** What a page or worker leaves behind, see app/report.ts. */
export interface PageOutcome {
  result?: unknown;
  error?: string;
  /** Of the Content-Security-Policy. */
  violations: string[];
}

export interface Browser {
  readonly name: string;
  /** Opens a page and resolves to its outcome. */
  visit(url: string): Promise<PageOutcome>;
  close(): Promise<void>;
}

/** What playwright and puppeteer agree on. */
interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(work: () => unknown): Promise<unknown>;
  close(): Promise<void>;
  on(type: 'pageerror', listener: (error: unknown) => void): unknown;
}

/** Longest wait for an outcome, ms. */
const DEADLINE = 90_000;

export async function startChromium(): Promise<Browser> {
  const { context, close } = await launchChromium();
  return {
    name: 'Chromium',
    visit: async (url) => outcomeOf((await context.newPage()) as unknown as Page, url),
    close,
  };
}

/** Firefox, by WebDriver BiDi. */
export async function startFirefox(): Promise<Browser> {
  const executablePath = findProgram('firefox-esr');
  const profile = mkdtempSync(join(tmpdir(), 'sesscache-firefox-'));
  const remove = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const browser = await launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      userDataDir: profile,
    });
    return {
      name: 'Firefox',
      visit: async (url) => outcomeOf((await browser.newPage()) as unknown as Page, url),
      close: () => browser.close().finally(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Polls: to wait for a function inside the page needs eval, which the policy forbids. */
async function outcomeOf(page: Page, url: string): Promise<PageOutcome> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    await page.goto(url);
    for (const end = Date.now() + DEADLINE; Date.now() < end;) {
      const outcome = await page.evaluate(() => (globalThis as { outcome?: unknown }).outcome);
      if (outcome !== undefined && outcome !== null) return outcome as PageOutcome;
      if (errors.length > 0) return { error: errors.join('\n'), violations: [] };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { error: `no outcome within ${DEADLINE} ms`, violations: [] };
  } finally {
    await page.close();
  }
}

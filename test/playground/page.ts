// The built playground, served as static files, in a headless Chromium.

import { fileURLToPath } from 'node:url';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { build } from 'vite';
import { launchChromium } from '../support/chromium.ts';
import { serveFolder } from '../support/static-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Playground {
  /** Opens the page anew; `problems` collects what the console and the page complain of. */
  open(options?: View): Promise<Opened>;
  close(): Promise<void>;
}

export interface View {
  width?: number;
  theme?: 'light' | 'dark';
  /** Default: `cache`. */
  tab?: 'lesson' | 'cache';
}

export interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

export async function startPlayground(): Promise<Playground> {
  await build({ configFile: `${root}playground/vite.config.ts`, logLevel: 'error' });
  const server = await serveFolder(`${root}build/playground`);
  const browser = await launchChromium();
  return {
    open: (options) => openPage(browser.context, server.url, options),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function openPage(
  context: BrowserContext,
  url: string,
  { width = 1440, theme = 'light', tab = 'cache' }: View = {},
): Promise<Opened> {
  const page = await context.newPage();
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: theme });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  await page.goto(tab === 'lesson' ? url : `${url}#${tab}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, problems };
}

/**
 * Asks `read` until it gives what `accept` takes; the page's policy forbids playwright's own way.
 */
export async function until<T>(read: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > deadline) throw new Error(`the page still shows ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The number that the counters show under OpenSSL's name. */
export async function counter(page: Page, name: string): Promise<number> {
  const box = page
    .locator('.counters > div')
    .filter({ has: page.getByText(name, { exact: true }) });
  return Number((await box.locator('dd').textContent())?.replaceAll(',', ''));
}

/** Chooses one of the values that stand side by side under `legend`. */
export function choice(page: Page, legend: string, value: string): Locator {
  return page.getByRole('group', { name: legend }).getByRole('radio', { name: value, exact: true });
}

/** What the log shows, a line each. */
export function logLines(page: Page): Promise<string[]> {
  return page.locator('.log li .log-text').allTextContents();
}

export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

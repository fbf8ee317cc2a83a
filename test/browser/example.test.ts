// examples/browser, opened as its reader would.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withChromium } from '../support/chromium.ts';
import { root } from './bundlers.ts';

const test = suite('the example of a page');

/** Starts the example's server on a free port and resolves to what it says to open. */
async function withExample(use: (url: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'examples/browser/serve.js'), '0']);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close');
  try {
    const said = await Promise.race([
      once(child.stdout.setEncoding('utf8'), 'data'),
      closed.then(() => Promise.reject(new Error(`the example ended: ${errors}`))),
    ]);
    await use(/http:\S+/.exec(String(said))![0]);
  } finally {
    child.kill();
    await closed;
  }
}

test('shakes hands in full, resumes, and forgets', async () => {
  await withExample((url) =>
    withChromium({}, async (context) => {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        const isIcon = message.location().url.endsWith('/favicon.ico');
        if (message.type() === 'error' && !isIcon) problems.push(message.text());
      });
      await page.goto(url);
      for (const button of ['Connect', 'Connect', 'Forget all sessions', 'Connect']) {
        await page.getByRole('button', { name: button }).click();
      }
      const rows = await page.locator('#connections tr').allInnerTexts();
      const cells = rows.map((row) => row.split('\t'));
      assert.equal(
        cells.map(([number, how, , answer]) => [number, how, answer]),
        [
          ['1', 'full', 'You said: hello'],
          ['2', 'resumed', 'You said: hello'],
          ['3', 'full', 'You said: hello'],
        ],
      );
      assert.equal(problems, []);
    }),
  );
});

test.run();

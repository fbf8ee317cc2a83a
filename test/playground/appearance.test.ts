import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Page } from 'playwright-core';
import type { AxeResults } from 'axe-core';
import { button, choice, counter, startPlayground, until } from './page.ts';
import type { Playground } from './page.ts';

const test = suite<{ playground: Playground }>('the playground, as it looks');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = 390;

test.before(async (context) => {
  context.playground = await startPlayground();
});
test.after((context) => context.playground?.close());

/** Every view with something in it. */
async function eachView(page: Page, check: (view: string) => Promise<void>): Promise<void> {
  await page.getByRole('tab', { name: 'Lesson' }).click();
  await check('lesson, as it opens');
  await button(page, 'Play').click();
  await button(page, 'Skip to the end').click();
  await check('lesson, a step taken');
  await page.getByRole('tab', { name: 'Cache' }).click();
  await choice(page, 'Handshakes a second', '20').click();
  await button(page, 'Start the stream').click();
  await until(
    () => counter(page, 'hits'),
    (hits) => hits > 2,
  );
  await button(page, 'Pause the stream').click();
  await choice(page, 'Speed of the clock', 'stop').click();
  await check('cache');
  await page.getByRole('tab', { name: 'Session' }).click();
  await check('session, empty');
  await page.getByLabel('Session in PEM, hexadecimal or base64').fill('nonsense!');
  await check('session, wrong');
  await button(page, 'TLS 1.3 example').click();
  await check('session');
  await page.getByRole('tab', { name: 'Benchmark' }).click();
  await check('benchmark');
}

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1440, 768, PHONE]) {
    test(`has no fault that axe knows: ${theme}, ${width} pixels`, async ({ playground }) => {
      const { page, problems } = await playground.open({ theme, width });
      await eachView(page, async (view) => {
        // A line that fades in has less contrast for a third of a second.
        await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() =>
          (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
        );
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        assert.equal(found, [], view);
        const [wide, shown] = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return [scrollWidth, clientWidth] as const;
        });
        assert.ok(wide <= shown, `${view} is ${wide} pixels wide on ${shown}`);
      });
      assert.equal(problems, []);
      await page.close();
    });
  }
}

test('measures every contender in a worker, and shows how long each took', async ({
  playground,
}) => {
  const { page, problems } = await playground.open();
  await page.getByRole('tab', { name: 'Benchmark' }).click();
  await choice(page, 'Sessions', '1,000').click();
  await button(page, 'Run the benchmark').click();
  await button(page, 'Run the benchmark').waitFor({ timeout: 60_000 }); // it is over
  const times = await page.locator('.bars .figure').allTextContents();
  assert.is(times.length, 12);
  for (const time of times) assert.match(time, /^[\d,]+ ns$/);
  assert.equal(problems, []);
  await page.close();
});

test('stops a benchmark when asked', async ({ playground }) => {
  const { page, problems } = await playground.open();
  await page.getByRole('tab', { name: 'Benchmark' }).click();
  await button(page, 'Run the benchmark').click();
  await button(page, 'Stop').click();
  await button(page, 'Run the benchmark').waitFor();
  assert.equal(problems, []);
  await page.close();
});

test.run();

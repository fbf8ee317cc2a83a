// The lesson, taken as a person would.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Page } from 'playwright-core';
import { button, startPlayground } from './page.ts';
import type { Opened, Playground } from './page.ts';

const test = suite<{ playground: Playground; opened: Opened }>('the lesson of the playground');

test.before(async (context) => {
  context.playground = await startPlayground();
});
test.after((context) => context.playground?.close());
test.before.each(async (context) => {
  context.opened = await context.playground.open({ tab: 'lesson' });
});
test.after.each(async ({ opened }) => {
  assert.equal(opened.problems, []);
  await opened.page.close();
});

/** What each step comes to: resumed or not, why, and what the cache counts then. */
const STEPS = [
  ['A full handshake', 'Full handshake', /no session to offer/, { accept_good: 1, hits: 0 }],
  ['Resumption', 'Resumed', /has not expired, and fits/, { accept_good: 1, hits: 1 }],
  ['Expiry', 'Full handshake', /has expired.*\(expired\)/, { timeouts: 1, hits: 0 }],
  ['Isolation', 'Full handshake', /another session id context \(context\)/, { hits: 0 }],
  ['Eviction', 'Full handshake', /not in the cache \(absent\)/, { misses: 1, cache_full: 2 }],
  ['A shared store', 'Resumed', /The store has the session/, { cb_hits: 1, misses: 1 }],
] as const;

async function count(page: Page, name: string): Promise<number> {
  const row = page.locator('.lesson-counts > div').filter({ hasText: new RegExp(`^${name} `) });
  return Number.parseInt((await row.locator('dd').textContent()) ?? '', 10);
}

const shown = (page: Page): Promise<number> => page.locator('.line.shown').count();

test('opens with a client that has just said hello, and waits', async ({ opened: { page } }) => {
  await page.getByRole('heading', { name: 'A full handshake' }).waitFor();
  assert.is(await shown(page), 1);
  assert.match(
    (await page.locator('.line.shown').textContent()) ?? '',
    /ClientHello, offers nothing/,
  );
  assert.is(await page.locator('.lesson-rows li').count(), 2);
});

test('shows the handshake line by line, and then what it came to', async ({ opened: { page } }) => {
  await button(page, 'Play').click();
  await page.getByText('The client has no session to offer.').waitFor({ timeout: 20_000 });
  assert.is(await shown(page), await page.locator('.line').count());
});

test('takes six steps, each with its reason and its counters', async ({ opened: { page } }) => {
  for (const [i, [title, verdict, reason, counters]] of STEPS.entries()) {
    await page.getByRole('heading', { name: title }).waitFor();
    await button(page, 'Play').click();
    await button(page, 'Skip to the end').click();
    const result = (await page.locator('.lesson-result').textContent()) ?? '';
    assert.ok(result.startsWith(verdict), `${title}: ${result}`);
    assert.match(result, reason);
    for (const [name, value] of Object.entries(counters)) {
      assert.is(await count(page, name), value, `${title}: ${name}`);
    }
    if (i < STEPS.length - 1) await page.getByRole('button', { name: /^Next: / }).click();
  }
  await button(page, 'Now try it yourself').click();
  await button(page, 'Start the stream').waitFor();
});

test('goes back, and to any step', async ({ opened: { page } }) => {
  await page.getByRole('button', { name: /Eviction/ }).click();
  await page.getByRole('heading', { name: 'Eviction' }).waitFor();
  await button(page, 'Play').click();
  await button(page, 'Skip to the end').click();
  await button(page, 'Again').click();
  assert.is(await shown(page), 1);
});

test('on a phone the result stands beside the button, and the buttons of sessions are in reach', async ({
  playground,
}) => {
  const { page, problems } = await playground.open({ width: 390, tab: 'lesson' });
  await button(page, 'Play').click();
  await button(page, 'Skip to the end').click();
  const next = await page.getByRole('button', { name: /^Next: / }).boundingBox();
  const result = await page.locator('.lesson-result').boundingBox();
  assert.ok(result!.y - (next!.y + next!.height) < 20, 'directly below');
  assert.ok(result!.y + result!.height < 844, 'on the first screen');

  await page.getByRole('tab', { name: 'Cache' }).click();
  await button(page, 'One').click();
  const outcome = await page.locator('.explain-outcome').boundingBox();
  assert.ok(outcome!.y + outcome!.height < 600, `the outcome is at ${outcome!.y}`);
  const memory = await page.locator('.memory-panel canvas').first().boundingBox();
  assert.ok(memory!.y + 40 < 844, `the memory is at ${memory!.y}`);
  for (const name of [/^Resume session/, /^Expire session/, /^Remove session/]) {
    const box = await page.getByRole('button', { name }).first().boundingBox();
    assert.ok(box!.x >= 0 && box!.x + box!.width <= 390, `${name} is at ${box!.x}`);
    assert.ok(box!.height >= 36, `${name} is ${box!.height} high`);
  }
  assert.equal(problems, []);
  await page.close();
});

test.run();

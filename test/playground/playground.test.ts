import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { button, choice, counter, logLines, startPlayground, until } from './page.ts';
import type { Opened, Playground } from './page.ts';

const test = suite<{ playground: Playground; opened: Opened }>('the playground, watching a cache');

test.before(async (context) => {
  context.playground = await startPlayground();
});
test.after((context) => context.playground?.close());
test.before.each(async (context) => {
  context.opened = await context.playground.open();
});
test.after.each(async ({ opened }) => {
  await opened.page.close();
  assert.equal(opened.problems, [], 'the console stays empty');
});

test('says what to do while nothing is there', async ({ opened: { page } }) => {
  await page.getByText('The cache is empty. Start the stream of handshakes').waitFor();
  assert.is(await counter(page, 'number'), 0);
});

test('lets clients come, fully first and then resumed', async ({ opened: { page } }) => {
  await choice(page, 'Handshakes a second', '100').click();
  await button(page, 'Start the stream').click();
  await until(
    () => counter(page, 'hits'),
    (hits) => hits > 50,
  );
  await button(page, 'Pause the stream').click();
  const [hits, good] = [await counter(page, 'hits'), await counter(page, 'accept_good')];
  assert.ok(hits < good, 'the first handshake of a client is full');
  assert.ok((await counter(page, 'number')) <= 48);
});

test('shows a session that is added by hand, and resumes it', async ({ opened: { page } }) => {
  await button(page, 'Add session').click();
  await page.getByRole('button', { name: /^Resume session/ }).click();
  await page.getByText('Resumed: an abbreviated handshake.').waitFor();
  assert.is(await counter(page, 'hits'), 1);
  assert.is((await logLines(page)).filter((line) => line.startsWith('resumeSession(')).length, 1);
});

test('resumes no session that has expired, and tells the remove callback', async ({
  opened: { page },
}) => {
  await button(page, 'Add session').click();
  await page.getByRole('button', { name: /^Expire session/ }).click();
  await page.getByText('expired', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: /^Resume session/ }).click();
  await page.getByText('A full handshake: it has expired, and leaves.').waitFor();
  const [callback] = (await logLines(page)).slice(-1);
  assert.match(callback ?? '', /^removeSession\(/);
  assert.is(await counter(page, 'timeouts'), 1);
  assert.is(await counter(page, 'number'), 0);
});

test('expires sessions as the clock is moved forward', async ({ opened: { page } }) => {
  await button(page, 'Add session').click();
  await button(page, '+10 s').click();
  await button(page, 'Flush expired').click();
  await page.getByText('0 sessions had expired and left.').waitFor();
  await button(page, '+1 h').click();
  await button(page, 'Flush expired').click();
  await page.getByText('1 session had expired and left.').waitFor();
});

test('revokes the sessions of one tag and leaves the others', async ({ opened: { page } }) => {
  for (const tag of ['alice', 'bob', 'alice']) {
    await page.getByRole('textbox', { name: 'Tag' }).fill(tag);
    await button(page, 'Add session').click();
  }
  await button(page, 'Revoke tag').click();
  await page.getByText('2 sessions dropped.').waitFor();
  await page.getByRole('cell', { name: 'bob' }).waitFor();
  assert.is(await counter(page, 'number'), 1);
});

test('never resumes under another context', async ({ opened: { page } }) => {
  await button(page, 'Add session').click();
  await choice(page, 'Session id context of connections', 'mail').click();
  await page.getByRole('button', { name: /^Resume session/ }).click();
  await page
    .locator('.explain-outcome')
    .getByText('it was made under another session id context')
    .waitFor();
});

test('evicts the first to expire when the size is reached', async ({ opened: { page } }) => {
  const size = page.getByLabel('Size');
  await size.fill('2');
  await size.press('Enter');
  for (let i = 0; i < 3; i++) await button(page, 'Add session').click();
  await until(
    () => counter(page, 'cache_full'),
    (full) => full === 1,
  );
  assert.is(await counter(page, 'number'), 2);
});

test('puts a size back that is out of range', async ({ opened: { page } }) => {
  const size = page.getByLabel('Size');
  await size.fill('0');
  await size.press('Enter');
  assert.is(await size.inputValue(), '48');
});

test('stores nothing without the SERVER flag', async ({ opened: { page } }) => {
  await page.getByRole('switch', { name: 'SERVER' }).click();
  await button(page, 'One').click();
  await until(
    () => counter(page, 'accept_good'),
    (good) => good === 1,
  );
  assert.is(await counter(page, 'number'), 0);
});

test('shows that openssl-3.0 holds one session less', async ({ opened: { page } }) => {
  await choice(page, 'Profile', 'openssl-3.0').click();
  const size = page.getByLabel('Size');
  await size.fill('3');
  await size.press('Enter');
  for (let i = 0; i < 5; i++) await button(page, 'Add session').click();
  await until(
    () => counter(page, 'cache_full'),
    (full) => full === 3,
  );
  assert.is(await counter(page, 'number'), 2);
});

test('is worked by keys alone', async ({ opened: { page } }) => {
  await page.getByRole('tab', { name: 'Cache' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.is(await page.evaluate(() => document.activeElement?.textContent), 'Session');
  await page.keyboard.press('End');
  assert.ok(await page.getByRole('tabpanel', { name: 'Benchmark' }).isVisible());
  await page.keyboard.press('Home');
  assert.ok(await page.getByRole('tabpanel', { name: 'Lesson' }).isVisible());
  await page.keyboard.press('ArrowRight');
  const add = button(page, 'Add session');
  for (let i = 0; i < 40 && !(await add.evaluate((e) => e === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(
    () => counter(page, 'number'),
    (number) => number === 1,
  );
});

test('remembers the theme that was chosen', async ({ opened: { page } }) => {
  const theme = (): Promise<string | undefined> =>
    page.evaluate(() => document.documentElement.dataset['theme']);
  assert.is(await theme(), 'light');
  await button(page, 'Switch to the dark theme').click();
  await until(theme, (value) => value === 'dark');
  await page.reload();
  await until(theme, (value) => value === 'dark');
  await button(page, 'Switch to the light theme').click();
});

test('moves no panel while sessions come and go', async ({ opened: { page } }) => {
  const places = (): Promise<string[]> =>
    page.locator('#view-cache .panel').evaluateAll((panels) =>
      panels.map((panel) => {
        const { x, y, width, height } = panel.getBoundingClientRect();
        return [x, y, width, height].map(Math.round).join(' ');
      }),
    );
  const before = await places();
  await choice(page, 'Handshakes a second', '100').click();
  await button(page, 'Start the stream').click();
  for (const goal of [1, 20, 100, 300]) {
    await until(
      () => counter(page, 'accept_good'),
      (good) => good > goal,
    );
    assert.equal(await places(), before);
  }
  await button(page, 'Remove all').click();
  assert.equal(await places(), before);
});

test.run();

// A cache that the workers of a page share, in pages that are isolated from other origins.

import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Browser, startChromium, startFirefox } from './browsers.ts';
import { pageOf, POLICY, serve } from './site.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const PAGES = { '/': pageOf('/shared/page.mjs') };
const FOLDERS = { '/sesscache/': `${root}dist`, '/shared/': `${root}test/browser/shared` };

for (const start of [startChromium, startFirefox]) {
  const test = suite(`a cache of a page and its workers, ${start.name.slice('start'.length)}`);
  let browser: Browser;

  test.before(async () => {
    browser = await start();
  });

  test.after(() => browser?.close());

  test('is shared by them; the page never waits, and a worker that ends leaves it open', async () => {
    const site = await serve(PAGES, FOLDERS, POLICY, ISOLATION);
    const { result, error } = await browser.visit(`${site.origin}/`);
    await site.close();
    assert.is(error, undefined, error);
    assert.equal(result, {
      isIsolated: true,
      threads: 3,
      found: true,
      torn: 0,
      seen: true,
      wasQuick: true,
      held: {
        withoutLock: 'of the page',
        withLock: 'missed',
        add: 'ERR_SESSCACHE_BUSY',
        wasQuick: true,
      },
      other: { isFound: false, waited: true },
      afterwards: { threads: 2, recoveries: 1, number: 0, added: true, isSeen: true },
    });
    assert.equal(site.missing, []);
  });

  test('is refused in a page that is not isolated, with what to send', async () => {
    const site = await serve(PAGES, FOLDERS);
    const { result, error } = await browser.visit(`${site.origin}/`);
    await site.close();
    assert.is(error, undefined, error);
    const { isIsolated, refused, message } = result as Record<
      'isIsolated' | 'refused' | 'message',
      string
    >;
    assert.not.ok(isIsolated);
    assert.is(refused, 'ERR_SESSCACHE_NOT_ISOLATED');
    assert.match(message, /Cross-Origin-Opener-Policy: same-origin/);
    assert.match(message, /Cross-Origin-Embedder-Policy: require-corp/);
  });

  test.run();
}

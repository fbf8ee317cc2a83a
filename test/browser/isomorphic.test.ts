// The tests of everything that is not about Node, in browsers, under the strict policy.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Browser, type PageOutcome, startChromium, startFirefox } from './browsers.ts';
import type { Report } from './page/run.ts';
import { pageOf, serve, type Site, starterOf } from './site.ts';
import { bundleTests, testFiles } from './suite.ts';

const places = ['page', 'worker'];

for (const start of [startChromium, startFirefox]) {
  const test = suite(`isomorphic tests, ${start.name.slice('start'.length)}`);
  let browser: Browser;
  let site: Site;
  let visits: Record<string, Promise<PageOutcome>>;

  test.before(async () => {
    const pages = {
      '/page': pageOf('/tests.js'),
      '/worker': pageOf('/starter.js'),
      '/tests.js': await bundleTests(),
      '/starter.js': starterOf('/tests.js'),
    };
    site = await serve(pages);
    browser = await start();
    // Both at once: a page keeps one core busy.
    visits = Object.fromEntries(places.map((at) => [at, browser.visit(`${site.origin}/${at}`)]));
  });

  test.after(async () => {
    await Promise.all(Object.values(visits ?? {}));
    await browser?.close();
    await site?.close();
  });

  for (const place of places) {
    test(`pass in a ${place}`, async () => {
      const { result, error, violations } = await visits[place]!;
      assert.is(error, undefined, error);
      const { suites, passed, failures } = result as Report;
      assert.is(failures.join('\n'), '');
      assert.ok(suites >= testFiles().length, `${suites} suites`);
      assert.ok(passed > 400, `${passed} tests`);
      assert.equal(violations, []);
    });
  }

  test.run();
}

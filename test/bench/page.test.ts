import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../examples/program.ts';
import { bench } from './bench.ts';

const { page } = await bench('report/page.js');
const { overview } = await bench('report/overview.js');
const { figuresOf } = await bench('report/readme.js');
const { losses, rowTitle } = await bench('report/losses.js');
const { targets } = await bench('report/targets.js');
const { reference } = await bench('report/results.js');

const test = suite('report of the benchmark');

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const results = reference();

test('is made from the committed figures: npm run bench:report makes it again', () => {
  assert.ok(read('docs/benchmark.html') === page(results), 'docs/benchmark.html is stale');
  assert.ok(read('docs/images/benchmark.svg') === overview(results), 'benchmark.svg is stale');
  const words = (text: string): string => text.replaceAll(/[\s|-]+/g, ' ');
  assert.ok(words(read('README.md')).includes(words(figuresOf(results))), 'README.md is stale');
});

test('needs nothing but itself', () => {
  for (const text of [page(results), overview(results)]) {
    assert.not.match(text, /<script|<link|<img|\bsrc=|@import|url\(/);
    assert.not.match(text.replaceAll('http://www.w3.org/2000/svg', ''), /https?:/);
    assert.not.match(text, /NaN|undefined|Infinity/);
  }
});

test('shows every target that was measured, reached or not', () => {
  const rows = targets(results);
  assert.ok(rows.length >= 15, `${rows.length} rows`);
  const text = page(results);
  for (const { reached, title } of rows) assert.ok(text.includes(title) && text.includes(reached));
});

test('begins with the losses, and the table of the README too, in red and with the reason', () => {
  const slow = structuredClone(results);
  for (const { figures, length } of slow.times) {
    const own = figures['sesscache']!;
    if (length === 160) own['miss'] = own['miss']!.map((nanoseconds) => nanoseconds * 1000);
  }
  const readme = figuresOf(slow).split('\n');
  const lost = losses(slow).filter(({ workload }) => workload === 'miss');
  const shown = lost.filter(({ set }) => set.length === 160 && [20_480, 1e6].includes(set.size));
  assert.ok(shown.length > 1 && lost.length > shown.length);
  for (const { set } of lost) {
    if (shown.some((each) => each.set === set)) continue;
    const of = `- 🔴 ${set.size.toLocaleString('en')} sessions`;
    assert.ok(
      readme.some((each) => each.startsWith(of) && each.includes('“miss”, at')),
      of,
    );
  }
  for (const { reason, set, workload } of shown) {
    const line = readme.findIndex((each) => each.startsWith(`| 🔴 ${rowTitle(workload, set)} |`));
    const firstOther = readme.findIndex((each) => /^\| [^🔴o-]/u.test(each));
    assert.ok(line > 0 && line < firstOther, rowTitle(workload, set));
    assert.ok(readme.some((each) => each.startsWith('- ') && each.includes(reason)));
  }
  const text = page(slow);
  const [start, end] = ['<h2>Losses</h2>', '<h2>Wins and losses</h2>'].map((h) => text.indexOf(h));
  assert.ok(start! > 0 && start! < end!);
  const section = text.slice(start, end);
  for (const { reason, set, workload } of lost) {
    assert.ok(section.includes(rowTitle(workload, set)) && section.includes(reason));
  }
  assert.match(section, /<span class="bad"/);
});

test('calls a target missed that is missed', () => {
  const slow = structuredClone(results);
  for (const { figures } of slow.times) {
    const own = figures['sesscache']!;
    own['view'] = own['view']!.map((nanoseconds) => nanoseconds * 1000);
  }
  const verdictOf = (rows: ReturnType<typeof targets>): string | undefined =>
    rows.find(({ title }) => title.startsWith('hit, view, against the best'))?.verdict;
  assert.is(verdictOf(targets(slow)), 'missed');
  const fast = structuredClone(results);
  for (const { figures } of fast.times) figures['sesscache']!['view'] = [0.001];
  assert.is(verdictOf(targets(fast)), 'aim');
});

test.run();

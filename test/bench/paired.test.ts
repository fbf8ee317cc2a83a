import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runNode } from '../examples/program.ts';

interface Ratio {
  ratio: number;
  low: number;
  high: number;
}

/** The benchmarks are JavaScript, checked by a configuration of their own. */
const load = async (name: string): Promise<unknown> =>
  import(new URL(`../../bench/paired/${name}`, import.meta.url).href);
const { countFrom } = (await load('options.js')) as {
  countFrom(value: string, option: string, least: number): number;
};
const { medianRatioOf, randomFrom, ratioOf, ratioText, shuffled } = (await load('ratio.js')) as {
  medianRatioOf(ours: readonly number[], others: readonly number[]): Ratio;
  randomFrom(seed: number): () => number;
  ratioOf(ours: readonly number[], others: readonly number[]): Ratio;
  ratioText(ratio: Ratio): string;
  shuffled<Item>(items: readonly Item[], random: () => number): Item[];
};

const test = suite('benchmarks in pairs');

test('tell a ratio of 1.05, though the machine is up to four times as slow at times', () => {
  const random = randomFrom(7);
  const speeds = Array.from({ length: 400 }, () => 1 + 3 * random());
  const noise = (): number => 0.95 + 0.1 * random();
  const others = speeds.map((speed) => 500 * speed * noise());
  const ours = speeds.map((speed) => 525 * speed * noise());
  const { ratio, low, high } = ratioOf(ours, others);
  assert.ok(Math.abs(ratio - 1.05) < 0.01, `${ratio}`);
  assert.ok(low < 1.05 && high > 1.05 && high - low < 0.02, `${low} to ${high}`);
  assert.is(ratioText({ ratio: 1.0499, low: 1, high: 1.101 }), '1.05 (1.00–1.10)');
});

test('have an interval that is wide where the rounds disagree', () => {
  const { low, high } = ratioOf([1, 3, 1, 3], [2, 2, 2, 2]);
  assert.ok(low < 0.8 && high > 1.2, `${low} to ${high}`);
  assert.throws(() => ratioOf([1], [1, 2]), /no pairs to compare/);
});

test('have a median that one round in five does not move, and hold the true ratio in its interval', () => {
  const random = randomFrom(3);
  const others = Array.from({ length: 400 }, () => 500 * (0.9 + 0.2 * random()));
  const ours = others.map((figure) => {
    const disturbed = random() < 0.2 ? 1 + 5 * random() : 1;
    return figure * 1.03 * (0.97 + 0.06 * random()) * disturbed;
  });
  const { ratio, low, high } = medianRatioOf(ours, others);
  assert.ok(Math.abs(ratio - 1.03) < 0.02, `${ratio}`);
  assert.ok(low < ratio && ratio < high && high - low < 0.02, `${low} to ${high}`);
  assert.ok(ratioOf(ours, others).ratio > 1.3, 'a sum is moved');
  assert.equal(medianRatioOf([2], [1]), { ratio: 2, low: 2, high: 2 });
  assert.throws(() => medianRatioOf([1], [1, 2]), /no pairs to compare/);
});

test('give every order of the ways a turn', () => {
  const random = randomFrom(1);
  const orders = new Set(
    Array.from({ length: 200 }, () => shuffled('abc'.split(''), random).join('')),
  );
  assert.is(orders.size, 6);
});

test('say which count is wrong', async () => {
  assert.throws(
    () => countFrom('1.5', '--rounds', 2),
    /^--rounds expected an integer >= 2, got 1.5$/,
  );
  for (const script of ['bench/tickets/index.js', 'bench/handshakes.js']) {
    const { code, stderr } = await runNode(script, '--rounds', '1');
    assert.is(code, 1);
    assert.match(stderr, /--rounds expected an integer >= 2, got 1/);
  }
});

test('measure every way of serving, full and resumed', async () => {
  const few = ['--rounds', '2', '--block', '2', '--warm-up', '0'];
  const servers = await runNode('bench/handshakes.js', ...few, '--only', 'TLS 1.3, ECDSA');
  assert.is(servers.code, 0, servers.stderr);
  assert.match(servers.stdout, /^\| TLS 1\.3, ECDSA P-256( +\| \d+){8} +\|$/m);
  const tickets = await runNode('bench/tickets/index.js', ...few, '--only', 'TLS 1.2, ECDSA');
  assert.is(tickets.code, 0, tickets.stderr);
  assert.match(
    tickets.stdout,
    /^\| TLS 1\.2, ECDSA P-256, resumed \| \d+( \| [\d.]+ \(.*\)){3} \|$/m,
  );
});

test.run();

// Twenty faults: for each, what the counters, the channels and NODE_DEBUG=sesscache call the cause.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Traces } from './faults-child.ts';

const test = suite('faults are named');

interface Named {
  /** A sample that is not zero. Undefined: there is no cache whose counters could tell. */
  metric: RegExp | undefined;
  /** A message of a channel. */
  channel: RegExp | undefined;
  line: RegExp;
}

const reason = (cause: string, store = 'undefined'): RegExp =>
  new RegExp(`^handshake server full ${cause} ${store}$`);
const full = (what: string): RegExp => new RegExp(`full: not resumed \\(${what}\\)`);

const FAULTS: Record<string, Named> = {
  'tickets on': {
    metric: /^server_skipped_total\{cause="tickets"\} 1/,
    channel: reason('tickets'),
    line: full('tickets'),
  },
  'wrong namespace': {
    metric: /^server_misses_total\{cause="context"\} 3/,
    channel: reason('context'),
    line: full('context'),
  },
  'context changed': {
    metric: /^server_misses_total\{cause="context"\} 1/,
    channel: reason('context'),
    line: full('context'),
  },
  'clock ahead': {
    metric: /^server_misses_total\{cause="expired"\} 1/,
    channel: reason('expired'),
    line: full('expired'),
  },
  'clock behind': {
    metric: /^server_misses_total\{cause="future"\} 1/,
    channel: reason('future'),
    line: full('future'),
  },
  'cache too small': {
    metric: /^cache_removals_total\{cause="evicted"\} 2/,
    channel: /^session removed evicted$/,
    line: full('absent, 1 evicted so far'),
  },
  'timeout too short': {
    metric: /^server_misses_total\{cause="expired"\} 1/,
    channel: reason('expired'),
    line: full('expired'),
  },
  'store down': {
    metric: /^store_misses_total\{cause="failed"\} 2/,
    channel: reason('absent', 'failed'),
    line: full('absent, store: failed'),
  },
  'store slow': {
    metric: /^store_misses_total\{cause="late"\} 2/,
    channel: reason('absent', 'late'),
    line: full('absent, store: late'),
  },
  'store full': {
    metric: /^writer_dropped_total\{cause="failed"\} 1/,
    channel: /^store set dropped failed$/,
    line: /store set: dropped \(failed\)/,
  },
  // No message says that there is none: what is written is not announced.
  'no channel': {
    metric: /^store_written_total\{kind="deletions"\} 1/,
    channel: /^store delete written undefined$/,
    line: /warning SESSCACHE_NO_CHANNEL/,
  },
  // The names of values are made from the key: with another, nothing is found.
  'wrong key': {
    metric: /^store_misses_total\{cause="absent"\} 3/,
    channel: reason('absent', 'absent'),
    line: full('absent, store: absent'),
  },
  'client that drops tickets': {
    metric: /^server_skipped_total\{cause="noPsk"\} 2/,
    channel: reason('noPsk'),
    line: /full: no session offered \(noPsk\)/,
  },
  'policy changed': {
    metric: /^server_misses_total\{cause="context"\} 1/,
    channel: reason('context'),
    line: full('context'),
  },
  'certificate expired': {
    metric: /^client_refused_total\{cause="certificate"\} 1/,
    channel: /^session refused certificate$/,
    line: /client session not stored \(certificate\)/,
  },
  'CRL loaded': {
    metric: /^cache_removals_total\{cause="revoked"\} 1/,
    channel: /^session removed revoked$/,
    line: /1 of the sessions removed \(revoked\)/,
  },
  'version changed': {
    metric: /^server_skipped_total\{cause="noPsk"\} 1/, // for its TLS, the client offers nothing
    channel: reason('version'),
    line: full('version'),
  },
  'single use spent': {
    metric: /^server_misses_total\{cause="absent"\} 1/,
    channel: reason('spent'),
    line: full('spent'),
  },
  'listener before ours': {
    metric: undefined,
    channel: undefined,
    line: /server has no cache: ERR_SESSCACHE_LISTENERS/,
  },
  'two copies': {
    metric: undefined,
    channel: undefined,
    line: /server has no cache: .*another copy of sesscache/,
  },
};

function runHere(file: string): { stdout: string; stderr: string } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', join(import.meta.dirname, file)],
    { env: { ...process.env, NODE_DEBUG: 'sesscache' }, encoding: 'utf8', timeout: 110_000 },
  );
  assert.is(status, 0, stderr.slice(-2000));
  return { stdout, stderr };
}

const all = new Map<string, Traces & { lines: string[] }>();

test.before(() => {
  const { stdout, stderr } = runHere('faults-child.ts');
  const sections = new Map(
    stderr
      .split(/^== /m)
      .slice(1)
      .map((section) => {
        const [name, ...lines] = section.split('\n');
        return [name!, lines] as const;
      }),
  );
  for (const line of stdout.trim().split('\n')) {
    const traces = JSON.parse(line) as Traces;
    all.set(traces.name, { ...traces, lines: sections.get(traces.name) ?? [] });
  }
});

for (const [name, { metric, channel, line }] of Object.entries(FAULTS)) {
  test(`${name}: metrics, channels and NODE_DEBUG say so`, () => {
    const traces = all.get(name);
    assert.ok(traces, 'the fault was made');
    const { metrics, channels, lines } = traces;
    const shown = JSON.stringify(traces, undefined, 1);
    if (metric) assert.ok(metrics.some((each) => metric.test(each)), `${metric} ${shown}`); // prettier-ignore
    if (channel) assert.ok(channels.some((each) => channel.test(each)), `${channel} ${shown}`); // prettier-ignore
    assert.ok(lines.some((each) => line.test(each)), `${line} ${shown}`); // prettier-ignore
    assert.not.match(lines.join('\n'), /[0-9a-f]{16}/i, 'no id');
  });
}

test('a runtime without events: attaching says so', () => {
  const { stdout, stderr } = runHere('blind-runtime.ts');
  assert.is(stdout.trim(), 'ERR_SESSCACHE_RUNTIME');
  assert.match(stderr, /server has no cache: ERR_SESSCACHE_RUNTIME/);
});

test('all of it is in the table', () => {
  assert.equal([...all.keys()], Object.keys(FAULTS));
});

test.run();

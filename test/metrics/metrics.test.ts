import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { METRICS_CONTENT_TYPE, metricsOf } from '../../bindings/metrics/index.ts';
import type { MetricsSource } from '../../bindings/metrics/index.ts';
import { bothSides, cacheAt, connect } from '../forge/harness.ts';
import { parse, valueOf } from './openmetrics.ts';

const test = suite('metrics');

function add(cache: SessionCache, byte: number, time = 1000): Uint8Array {
  const id = new Uint8Array(32).fill(byte);
  cache.addSession(new Session({ id, data: new Uint8Array(100), time, timeout: 100_000 }));
  return id;
}

test('a cache says what its stats say', () => {
  const { cache, clock } = cacheAt(1000, { size: 2 });
  const ids = [1, 2, 3].map((byte) => add(cache, byte));
  cache.startHandshake('server');
  cache.resumeSession(ids[2]!);
  cache.resumeSession(ids[0]!);
  cache.resumeSession(ids[1]!, { sessionIdContext: Uint8Array.of(1) });
  cache.finishHandshake('client', undefined);
  clock.now += 5;
  cache.resumeSession(ids[2]!);

  const stats = cache.stats();
  const families = parse(metricsOf(cache));
  const value = (name: string, labels = {}): number | undefined =>
    valueOf(families, `sesscache_${name}`, labels);
  assert.is(value('sessions'), 2);
  assert.is(value('session_bytes'), stats.bytes);
  assert.is(value('memory_bytes'), stats.memory);
  assert.is(value('hits'), 2);
  assert.is(value('misses', { cause: 'absent' }), 1);
  assert.is(value('misses', { cause: 'context' }), 1);
  assert.is(value('removals', { cause: 'evicted' }), 1);
  assert.is(value('cache_full'), 1);
  assert.is(value('handshakes_started', { role: 'server', renegotiation: 'false' }), 1);
  assert.is(value('handshakes_finished', { role: 'client' }), 1);
  for (const [cause, count] of Object.entries(stats.removals)) {
    assert.is(value('removals', { cause }), count);
  }
});

test('ages at resumption are a histogram of whole seconds', () => {
  const { cache, clock } = cacheAt(1000);
  const id = add(cache, 1);
  for (const age of [0, 1, 2, 3, 4, 7, 8]) {
    clock.now = 1000 + age;
    cache.resumeSession(id);
  }
  const families = parse(metricsOf(cache));
  const atMost = (le: string): number | undefined =>
    valueOf(families, 'sesscache_resumption_age_seconds', { le });
  assert.equal(['0.0', '1.0', '3.0', '7.0', '15.0', '+Inf'].map(atMost), [1, 2, 4, 6, 7, 7]);
});

test('counters only grow', () => {
  const { cache } = cacheAt(1000, { size: 3 });
  let before = parse(metricsOf(cache));
  for (let byte = 1; byte < 20; byte++) {
    const id = add(cache, byte);
    cache.resumeSession(byte % 3 ? id : new Uint8Array(32));
    const now = parse(metricsOf(cache));
    for (const [name, { type, samples }] of now) {
      if (type === 'gauge') continue;
      for (const [i, { value }] of samples.entries()) {
        assert.ok(value >= before.get(name)!.samples[i]!.value, name);
      }
    }
    before = now;
  }
});

test('what is attached says what its stats say, under its prefix', () => {
  const { server, client, serverCache } = bothSides();
  for (let i = 0; i < 3; i++) connect({ server, client });
  connect({ server });
  const families = parse(metricsOf([[serverCache], [server, { prefix: 'forge_server' }]]));
  const value = (name: string, labels = {}): number | undefined => valueOf(families, name, labels);
  assert.is(value('sesscache_hits'), 2);
  assert.is(value('forge_server_handshakes', { kind: 'full' }), 2);
  assert.is(value('forge_server_handshakes', { kind: 'resumed' }), 2);
  assert.is(value('forge_server_misses', { cause: 'blank' }), 2);
  assert.is(value('forge_server_stored'), 2);
  assert.is(value('forge_server_not_stored', { cause: 'unfinished' }), 0);
});

test('breakers, times and queues get names of their own', () => {
  const source = {
    stats: () => ({
      breaker: { state: 'halfOpen', opened: 3 },
      time: { lookups: 1_500_000 },
      queue: { entries: 2 },
      pending: 4,
      unkeyedBy: ['text'],
      odd: Number.NaN,
      empty: {},
    }),
  };
  const families = parse(metricsOf(source));
  const shown = [...families].map(([name, { type }]) => `${type} ${name}`);
  assert.equal(shown, [
    'stateset sesscache_attached_breaker_state',
    'counter sesscache_attached_breaker_opened',
    'counter sesscache_attached_time_seconds',
    'gauge sesscache_attached_queue_entries',
    'gauge sesscache_attached_pending',
  ]);
  assert.is(valueOf(families, 'sesscache_attached_time_seconds', { kind: 'lookups' }), 1.5);
  const label = { sesscache_attached_breaker_state: 'halfOpen' };
  assert.is(valueOf(families, 'sesscache_attached_breaker_state', label), 1);
});

test('several caches share the families and differ in their labels', () => {
  const caches = ['a', 'b'].map((name) => [new SessionCache(), { labels: { name } }] as const);
  add(caches[1]![0], 1);
  const families = parse(metricsOf(caches));
  assert.is(valueOf(families, 'sesscache_sessions', { name: 'a' }), 0);
  assert.is(valueOf(families, 'sesscache_sessions', { name: 'b' }), 1);
});

test('any prefix and any label come out valid', () => {
  const cache = new SessionCache();
  const value = 'a "quoted" \\ word\nand é';
  const labels = { 'some-name': value, '9': '1', '': '2' };
  const families = parse(metricsOf(cache, { prefix: '1 bad-prefix', labels }));
  const [sample] = families.get('_1_bad_prefix_sessions')!.samples;
  assert.equal(sample!.labels, { some_name: value, _9: '1', _: '2' });
});

test('the same source twice is one', () => {
  const cache = new SessionCache();
  assert.is(metricsOf([[cache], [cache]]), metricsOf(cache));
});

test('a source that fails is left out', () => {
  const closed = new SessionCache();
  closed.close();
  const failing: MetricsSource = {
    stats() {
      throw new Error('gone');
    },
  };
  assert.is(metricsOf(closed), '# EOF\n');
  const cache = new SessionCache();
  assert.is(metricsOf([[failing], [closed], [cache]]), metricsOf(cache));
  for (const odd of [undefined, null, 1, {}, [undefined], [[]], [[cache, { labels: 1 }]]]) {
    parse(metricsOf(odd as never));
  }
});

test('the content type names the version', () => {
  assert.match(METRICS_CONTENT_TYPE, 'application/openmetrics-text; version=1.0.0');
});

test.run();

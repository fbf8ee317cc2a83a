// The metrics in a registry of prom-client itself.

import { setTimeout as sleep } from 'node:timers/promises';
import { AggregatorRegistry, Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { collectInto } from '../../bindings/prom-client/index.ts';
import { withServer } from '../node/harness.ts';

const test = suite('sesscache/prom-client');

/** What a registry says after a full handshake and one that resumed. */
async function scrape(registry: Registry<any>): Promise<string> {
  const cache = new SessionCache();
  const external = attachExternal(cache, memoryStore());
  let text = '';
  await withServer(
    { cache, attach: { namespace: 'x' }, tls: { maxVersion: 'TLSv1.2' } },
    async ({ connect, attached }) => {
      const stop = collectInto(registry as never, [
        [cache],
        [attached, { prefix: 'sesscache_server' }],
        [external, { prefix: 'sesscache_store', labels: { store: 'memory' } }],
      ]);
      const { session } = await connect(undefined, { maxVersion: 'TLSv1.2' });
      await connect(session);
      await external.flush();
      await sleep(10);
      text = await registry.metrics();
      const values = await registry.getMetricsAsJSON();
      stop();
      assert.equal(registry.getMetricsAsArray(), [], 'all of it is taken away');
      assert.ok(values.length > 30, `${values.length} metrics`);
    },
  );
  external.detach();
  cache.close();
  return text;
}

test('what sesscache/metrics writes, and histograms, as OpenMetrics', async () => {
  const registry = new Registry<any>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const text = await scrape(registry);
  const of = (line: string): void => assert.ok(text.includes(`${line}\n`), `${line}\n${text}`);
  of('# TYPE sesscache_hits counter');
  of('sesscache_hits_total 1');
  of('sesscache_server_handshakes_total{kind="resumed"} 1');
  of('# TYPE sesscache_store_breaker_state gauge');
  of('sesscache_store_breaker_state{store="memory",sesscache_store_breaker_state="closed"} 1');
  of('sesscache_store_queue_bytes{store="memory"} 0');
  of('# HELP sesscache_store_queue_bytes Bytes of the writes that wait for the store.');
  of('# TYPE sesscache_handshake_duration_seconds histogram');
  const labels = 'role="server",version="TLSv1.2",outcome="resumed",reason=""';
  of(`sesscache_handshake_duration_seconds_count{${labels}} 1`);
  of(`sesscache_handshake_duration_seconds_bucket{le="+Inf",${labels}} 1`);
  of('sesscache_handshake_age_seconds_bucket{le="10",role="server"} 1');
  of('sesscache_store_duration_seconds_count{operation="set",outcome="written"} 1');
});

test('in the old text format counters end in _total', async () => {
  const text = await scrape(new Registry());
  assert.match(text, /^sesscache_hits_total 1$/m);
  assert.match(text, /^# TYPE sesscache_hits_total counter$/m);
  assert.match(text, /reason="notOffered"/);
});

test('workers are added up, states are not', async () => {
  const cache = new SessionCache();
  const external = attachExternal(cache, memoryStore());
  cache.finishHandshake('server', cache.createSession({ data: new Uint8Array(50) }));
  const registry = new Registry();
  const stop = collectInto(registry as never, [[cache], [external, { prefix: 'store' }]]);
  const json = await registry.getMetricsAsJSON();
  const merged = AggregatorRegistry.aggregate([json, structuredClone(json)] as never);
  const text = await merged.metrics();
  assert.match(text, /^sesscache_sessions 2$/m);
  assert.match(text, /^sesscache_handshakes_finished_total\{role="server"\} 2$/m);
  assert.match(text, /^store_breaker_state\{store_breaker_state="closed"\} 1$/m);
  stop();
  external.detach();
  cache.close();
});

test('a name that is taken: nothing is registered, and no handshake is told of', async () => {
  const cache = new SessionCache();
  const registry = new Registry();
  const stop = collectInto(registry as never, [[cache]]);
  const { length } = registry.getMetricsAsArray();
  assert.throws(() => collectInto(registry as never, [[cache]]), /already been registered/);
  assert.is(registry.getMetricsAsArray().length, length);
  stop();
  cache.close();
});

test('a cache that is closed has no samples, and the registry still answers', async () => {
  const cache = new SessionCache();
  const registry = new Registry();
  collectInto(registry as never, [[cache]]);
  await sleep(1); // what was read for the registration is not used again
  cache.close();
  assert.not.match(await registry.metrics(), /^sesscache_sessions \d/m);
});

test('wrong arguments', () => {
  const wrong = collectInto as (...all: unknown[]) => unknown;
  assert.throws(() => wrong({}, []), /"registry.registerMetric" expected function/);
  assert.throws(() => wrong(new Registry(), 5), /"sources" expected array/);
});

test.run();

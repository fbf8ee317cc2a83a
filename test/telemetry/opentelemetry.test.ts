// Metrics and span events as the SDK of OpenTelemetry gets them.

import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTcp } from 'node:net';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'; // prettier-ignore
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'; // prettier-ignore
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect as connectClient } from '../../bindings/client/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { instrument } from '../../bindings/opentelemetry/index.ts';
import { readCertificate } from '../../examples/certificates.js';
import { until } from '../support/clock.ts';
import { withServer } from '../node/harness.ts';

const test = suite('sesscache/opentelemetry');

interface Point {
  attributes: Record<string, unknown>;
  value: number | { count: number; sum: number; buckets: { boundaries: number[] } };
}

test('metrics by the semantic conventions, and sizes of caches', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const cache = new SessionCache();
  const stop = instrument({ metrics: provider }, { caches: { www: cache } });
  await withServer({ cache, attach: { tls13: true } }, async ({ connect, port, attached }) => {
    const { session } = await connect();
    await connect(session);
    const broken = connectTcp(port, '127.0.0.1', () =>
      broken.end('no TLS, and more than a record'),
    );
    broken.on('error', () => {});
    await until(() => attached.stats().handshakes.failed === 1, 'the failure');
    await sleep(20);
  });
  await reader.forceFlush();
  const metrics = exporter.getMetrics().at(-1)!.scopeMetrics[0]!.metrics;
  const points = (name: string): Point[] => {
    const metric = metrics.find(({ descriptor }) => descriptor.name === name);
    assert.ok(metric, name);
    return metric.dataPoints as unknown as Point[];
  };
  const durations = points('sesscache.handshake.duration');
  const resumed = durations.find(({ attributes }) => attributes['tls.resumed'] === true)!;
  assert.equal(resumed.attributes, {
    'sesscache.role': 'server',
    'tls.established': true,
    'network.transport': 'tcp',
    'tls.resumed': true,
    'tls.protocol.name': 'tls',
    'tls.protocol.version': '1.3',
    'network.type': 'ipv4',
    'sesscache.source': 'cache',
  });
  const value = resumed.value as Exclude<Point['value'], number>;
  assert.is(value.count, 1);
  assert.ok(value.sum > 0 && value.sum < 5, 'seconds');
  assert.is(value.buckets.boundaries[0], 0.0005);
  const full = durations.find(({ attributes }) => attributes['tls.resumed'] === false)!;
  assert.is(full.attributes['sesscache.reason'], 'noPsk');
  const failed = durations.find(({ attributes }) => attributes['tls.established'] === false)!;
  assert.match(String(failed.attributes['error.type']), /^ERR_SSL_/);
  assert.is((points('sesscache.handshake.age')[0]!.value as { count: number }).count, 1);
  const stored = points('sesscache.sessions').find(
    ({ attributes }) => attributes['sesscache.action'] === 'stored',
  );
  assert.is(stored!.value, 3);
  const skipped = points('sesscache.lookups').find(
    ({ attributes }) => attributes['sesscache.outcome'] === 'skipped',
  );
  assert.is(skipped!.attributes['sesscache.cause'], 'noPsk');
  assert.equal(points('sesscache.cache.sessions'), [
    { ...points('sesscache.cache.sessions')[0]!, attributes: { 'sesscache.cache': 'www' }, value: 2 },
  ]); // prettier-ignore
  stop();
  await provider.shutdown();
  cache.close();
});

test('an event on the active span of a client', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const stop = instrument({ trace: api.trace });
  const sessions = new ClientSessionCache();
  try {
    await withServer({ attach: { tls13: true } }, async ({ port }) => {
      const span = provider.getTracer('test').startSpan('request');
      await api.context.with(
        api.trace.setSpan(api.context.active(), span),
        () =>
          new Promise((resolve, reject) => {
            connectClient({
              port,
              host: '127.0.0.1',
              servername: 'localhost',
              ca: readCertificate('rsa').cert,
              sessions,
            })
              .on('error', reject)
              .on('close', resolve)
              .resume();
          }),
      );
      span.end();
    });
    const [span] = exporter.getFinishedSpans();
    const events = span!.events.filter(({ name }) => name === 'sesscache.handshake');
    const client = events.find(({ attributes }) => attributes!['sesscache.role'] === 'client');
    assert.ok(client, 'the client has told its span');
    assert.is(client.attributes!['sesscache.reason'], 'absent');
    assert.is(client.attributes!['tls.protocol.version'], '1.3');
    assert.is(client.attributes!['network.peer.address'], '127.0.0.1');
    assert.type(client.attributes!['sesscache.duration'], 'number');
  } finally {
    stop();
    api.context.disable();
    sessions.close();
    await provider.shutdown();
  }
});

test('after the end nothing is told any more; wrong arguments', async () => {
  const told: unknown[] = [];
  const recorder = { record: () => told.push(1), add: () => told.push(1) };
  const observable = { addCallback() {}, removeCallback: () => told.push('removed') };
  const meter = {
    createHistogram: () => recorder,
    createCounter: () => recorder,
    createObservableGauge: () => observable,
    createObservableCounter: () => observable,
  };
  const cache = new SessionCache();
  const stop = instrument({ metrics: { getMeter: () => meter } }, { caches: { cache } });
  stop();
  stop();
  assert.equal(told, ['removed', 'removed', 'removed', 'removed']);
  await withServer({}, async ({ connect }) => void (await connect()));
  assert.is(told.length, 4);
  cache.close();
  const wrong = instrument as (...all: unknown[]) => unknown;
  assert.throws(() => wrong({}), /"api" expected @opentelemetry\/api/);
  assert.throws(() => wrong({ metrics: {} }), /"api.metrics.getMeter" expected function/);
});

test.run();

// Each counter that `stats()` returns has a metric and a HELP text: a new counter without one fails
// here. The counters of a cache are listed in bindings/metrics/cache.ts; those of all other sources
// are found field by field.

import { constants, randomBytes } from 'node:crypto';
import { createServer } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import type { MetricsSource } from '../../bindings/metrics/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import { read } from '../docs/pages.ts';
import { parse, valueOf } from './openmetrics.ts';

const test = suite('metrics of what is attached');

/** How many numbers there are in `stats`. */
function numbersIn(stats: object): number {
  return Object.values(stats).reduce<number>((count, value: unknown) => {
    if (typeof value === 'number') return count + 1;
    return typeof value === 'object' && value !== null ? count + numbersIn(value) : count;
  }, 0);
}

/** A copy of `stats` in which each number is another power of two. */
function numbered<T extends object>(stats: T, next = { power: 0 }): T {
  const copy = (Array.isArray(stats) ? [] : {}) as Record<string, unknown>;
  for (const [name, value] of Object.entries(stats)) {
    if (typeof value === 'number') copy[name] = 2 ** next.power++;
    else copy[name] = typeof value === 'object' ? numbered(value as object, next) : value;
  }
  return copy as T;
}

test('every number of a cache has a sample', () => {
  const stats = numbered(new SessionCache().stats());
  const families = parse(metricsOf({ stats: () => stats }));
  const values = new Set(
    [...families.values()].flatMap(({ samples }) => samples.map((s) => s.value)),
  );
  let sum = 0; // the buckets of a histogram are cumulative
  const { resumptionAges, ...others } = stats;
  for (const age of resumptionAges) assert.ok(values.has((sum += age)), `an age of ${age}`);
  for (const [field, value] of Object.entries(others)) {
    for (const each of typeof value === 'number' ? [value] : Object.values(value)) {
      assert.ok(values.has(each), `${field} has no metric: bindings/metrics/cache.ts`);
    }
  }
});

test('docs/metrics.md names every metric of a cache', () => {
  const page = read('docs/metrics.md');
  const names = [...parse(metricsOf(new SessionCache())).keys()];
  assert.equal(
    names.filter((name) => !page.includes(name.replace(/^sesscache/, ''))),
    [],
  );
});

test('every number of an adapter has a sample, and a HELP text of its own', async () => {
  const cache = new SessionCache();
  const options = {
    sessionIdContext: 'metrics',
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
  const attached = attachServer(createServer(options), cache);
  const external = attachExternal(cache, memoryStore());
  const client = new ClientSessionCache();
  const tickets = attachTicketKeys(createServer(), { secret: randomBytes(32) });
  const forge = forgeSessionCache(new SessionCache(), { role: 'server' });
  const sources: Record<string, MetricsSource> = {
    server: attached,
    store: external,
    client,
    tickets,
    forge,
  };
  for (const [prefix, source] of Object.entries(sources)) {
    const families = parse(metricsOf(source, { prefix }));
    const samples = [...families.values()].flatMap((family) => family.samples);
    const states = samples.filter(({ name }) => /breaker_state$|_mode$/.test(name));
    assert.is(samples.length - states.length, numbersIn(source.stats()), prefix);
  }
  const store = parse(metricsOf(external, { prefix: 'store' }));
  const states = ['closed', 'open', 'probing'].map((state) =>
    valueOf(store, 'store_breaker_state', { store_breaker_state: state }),
  );
  assert.equal(states, [1, 0, 0]);
  assert.is(store.get('store_breaker_state')!.type, 'stateset');
  assert.is(store.get('store_queue_bytes')!.unit, 'bytes');
  assert.is(valueOf(store, 'store_queue_entries'), 0);
  for (const [prefix, source] of Object.entries(sources)) {
    for (const [name, { help }] of parse(metricsOf(source, { prefix }))) {
      assert.not.match(help!, /stats\(\)/, `${name} has no text in bindings/metrics/help.ts`);
    }
  }
  attached.detach();
  tickets.detach();
  client.close();
});

test.run();

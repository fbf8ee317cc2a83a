// The stats of all that can be attached in Node, as they are.

import { constants } from 'node:crypto';
import { createServer } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import type { MetricsSource } from '../../bindings/metrics/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { parse, valueOf } from './openmetrics.ts';

const test = suite('metrics of what is attached');

/** How many numbers there are in `stats`. */
function numbersIn(stats: object): number {
  return Object.values(stats).reduce<number>((count, value: unknown) => {
    if (typeof value === 'number') return count + 1;
    return typeof value === 'object' && value !== null ? count + numbersIn(value) : count;
  }, 0);
}

test('every number of a server, a store and a client has a sample', async () => {
  const cache = new SessionCache();
  const options = {
    sessionIdContext: 'metrics',
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
  const attached = attachServer(createServer(options), cache);
  const external = attachExternal(cache, memoryStore());
  const client = new ClientSessionCache();
  const sources: Record<string, MetricsSource> = { server: attached, store: external, client };
  for (const [prefix, source] of Object.entries(sources)) {
    const families = parse(metricsOf(source, { prefix }));
    const samples = [...families.values()].flatMap((family) => family.samples);
    const states = samples.filter(({ name }) => name.endsWith('breaker_state'));
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
      assert.not.match(help!, /stats\(\)/, `${name} has a HELP text of its own`);
    }
  }
  attached.detach();
  client.close();
});

test.run();

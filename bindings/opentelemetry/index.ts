/**
 * *Experimental.* Metrics and span events for [OpenTelemetry](https://opentelemetry.io), through
 * the `@opentelemetry/api` of the program; this package does not need it. Node only.
 *
 * @module
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { checkFunction, checkObject, wrongType } from '../checks.ts';
import type { SessionCacheStats } from '../index.ts';
import type { BreakerEvent, HandshakeEvent, LookupEvent, SessionEvent, StoreEvent } from '../telemetry/events.ts'; // prettier-ignore
import { AGES, DURATIONS, STORE_DURATIONS } from '../telemetry/handshake-labels.ts';
import { eventAttributes, metricAttributes } from './attributes.ts';
import type { Attributes, Meter, Observable, ObservableResult, OpenTelemetryApi, Span } from './types.ts'; // prettier-ignore

export type { OpenTelemetryApi } from './types.ts';

/** A cache whose sizes and evictions are observed. */
export interface ObservedCache {
  stats(): SessionCacheStats;
}

/** The options of `instrument`. */
export interface InstrumentOptions {
  /**
   * Caches whose sizes are observed, by their name in the attribute `sesscache.cache`. Default:
   * none.
   */
  caches?: Readonly<Record<string, ObservedCache>> | undefined;
}

const NAME = 'sesscache';

/**
 * Tells OpenTelemetry of all handshakes of this process, from the channels of `sesscache/node`,
 * `/client` and `/external`:
 *
 * - `sesscache.handshake.duration`, a histogram in seconds, with `tls.resumed`,
 *   `tls.protocol.version`, `network.type` … and `sesscache.reason`: why it is not resumed;
 * - `sesscache.handshake.age`: seconds since the full handshake of a session that resumed;
 * - `sesscache.lookups`, `sesscache.sessions` (stored, refused, removed),
 *   `sesscache.store.operations` and `sesscache.breaker.changes`, counters by cause;
 *   `sesscache.store.duration`;
 * - of `caches`: `sesscache.cache.sessions`, `.bytes`, `.memory`, and `.removals` by cause;
 * - an event `sesscache.handshake` on the active span, if there is one: mostly that of a client's
 *   request.
 *
 * @param api `import * as api from '@opentelemetry/api'`; without `metrics` or `trace` that part is
 *   left out
 * @returns a function that ends it.
 * @throws TypeError naming the argument that is wrong.
 */
export function instrument(api: OpenTelemetryApi, options: InstrumentOptions = {}): () => void {
  checkObject(api, 'api');
  checkObject(options, 'options');
  const { metrics, trace } = api;
  if (metrics) checkFunction(metrics.getMeter, 'api.metrics.getMeter');
  if (trace) checkFunction(trace.getActiveSpan, 'api.trace.getActiveSpan');
  if (!metrics && !trace) {
    wrongType('api', '@opentelemetry/api', api);
  }
  const caches = Object.entries(options.caches ?? {});
  const ends: (() => void)[] = [];
  const listen = <T>(channel: string, listener: (message: T) => void): void => {
    const subscriber = (message: unknown): void => listener(message as T);
    subscribe(channel, subscriber);
    ends.push(() => unsubscribe(channel, subscriber));
  };
  if (metrics) {
    const meter = metrics.getMeter(NAME) as Meter;
    countAll(meter, listen);
    ends.push(observeCaches(meter, caches));
  }
  if (trace) {
    listen<HandshakeEvent>('sesscache:handshake', (event) => {
      const span = trace.getActiveSpan() as Span | undefined;
      span?.addEvent('sesscache.handshake', eventAttributes(event));
    });
  }
  return () => {
    for (const end of ends.splice(0)) end();
  };
}

function countAll(
  meter: Meter,
  listen: <T>(channel: string, listener: (message: T) => void) => void,
): void {
  const seconds = (name: string, description: string, boundaries: readonly number[]) =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: [...boundaries] },
    });
  const durations = seconds('sesscache.handshake.duration', 'Duration of TLS handshakes.', DURATIONS); // prettier-ignore
  const ages = seconds('sesscache.handshake.age', 'Time since the full handshake of a session that resumed.', AGES); // prettier-ignore
  const stores = seconds('sesscache.store.duration', 'Duration of questions and writes to a store.', STORE_DURATIONS); // prettier-ignore
  const lookups = meter.createCounter('sesscache.lookups', {
    description: 'Sessions that were looked for, by outcome and cause.',
    unit: '{lookup}',
  });
  const sessions = meter.createCounter('sesscache.sessions', {
    description: 'Sessions that were stored, refused or removed, by cause.',
    unit: '{session}',
  });
  const operations = meter.createCounter('sesscache.store.operations', {
    description: 'Questions and writes to a store, those that it was spared too, by cause.',
    unit: '{operation}',
  });
  const breakers = meter.createCounter('sesscache.breaker.changes', {
    description: 'Changes of the circuit breaker of a store, by the state it came to.',
    unit: '{change}',
  });
  listen<HandshakeEvent>('sesscache:handshake', (event) => {
    const attributes = metricAttributes(event);
    durations.record(event.duration / 1000, attributes);
    if (event.age !== undefined) ages.record(event.age, { 'sesscache.role': event.role });
  });
  listen<LookupEvent>('sesscache:lookup', ({ role, outcome, cause, store }) => {
    lookups.add(1, {
      'sesscache.role': role,
      'sesscache.outcome': outcome,
      ...(cause !== undefined && { 'sesscache.cause': cause }),
      ...(store !== undefined && { 'sesscache.store.reason': store }),
    });
  });
  listen<SessionEvent>('sesscache:session', ({ role, action, cause, count }) => {
    sessions.add(count, {
      'sesscache.role': role,
      'sesscache.action': action,
      ...(cause !== undefined && { 'sesscache.cause': cause }),
    });
  });
  listen<StoreEvent>('sesscache:store', ({ operation, outcome, cause, duration }) => {
    const attributes = {
      'sesscache.operation': operation,
      'sesscache.outcome': outcome,
      ...(cause !== undefined && { 'sesscache.cause': cause }),
    };
    operations.add(1, attributes);
    if (duration !== undefined) stores.record(duration / 1000, attributes);
  });
  listen<BreakerEvent>('sesscache:breaker', ({ breaker, state }) => {
    breakers.add(1, { 'sesscache.breaker': breaker, 'sesscache.state': state });
  });
}

/** Returns a function that ends it. */
function observeCaches(
  meter: Meter,
  caches: readonly (readonly [name: string, cache: ObservedCache])[],
): () => void {
  if (caches.length === 0) return () => {};
  const gauge = (name: string, description: string, unit: string): Observable =>
    meter.createObservableGauge(`sesscache.cache.${name}`, { description, unit });
  const sessions = gauge('sessions', 'Sessions in the cache.', '{session}');
  const bytes = gauge('bytes', 'Bytes of the sessions, management included.', 'By');
  const memory = gauge('memory', 'Bytes of Wasm memory in use.', 'By');
  const removals = meter.createObservableCounter('sesscache.cache.removals', {
    description: 'Sessions that left the cache, by cause.',
    unit: '{session}',
  });
  const each = (
    observable: Observable,
    tell: (result: ObservableResult, stats: SessionCacheStats, of: Attributes) => void,
  ): (() => void) => {
    const callback = (result: ObservableResult): void => {
      for (const [name, cache] of caches) {
        try {
          tell(result, cache.stats(), { 'sesscache.cache': name });
        } catch {
          // it is closed
        }
      }
    };
    observable.addCallback(callback);
    return () => observable.removeCallback(callback);
  };
  const ends = [
    each(sessions, (result, { number }, of) => result.observe(number, of)),
    each(bytes, (result, stats, of) => result.observe(stats.bytes, of)),
    each(memory, (result, stats, of) => result.observe(stats.memory, of)),
    each(removals, (result, stats, of) => {
      for (const [cause, count] of Object.entries(stats.removals)) {
        result.observe(count, { ...of, 'sesscache.cause': cause });
      }
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

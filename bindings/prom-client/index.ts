/**
 * *Experimental.* The metrics of caches, of what is attached to them, and of each handshake in a
 * registry of [prom-client](https://github.com/siimon/prom-client), which is not needed to install
 * this package. Node only.
 *
 * @module
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { checkFunction, checkObject, wrongType } from '../checks.ts';
import { familiesOf } from '../metrics/families.ts';
import { type Families, type Family, nameOf } from '../metrics/text.ts';
import type { MetricsOptions, MetricsSource } from '../metrics/types.ts';
import type { HandshakeEvent, StoreEvent } from '../telemetry/events.ts';
import { AGES, DURATIONS, STORE_DURATIONS } from '../telemetry/handshake-labels.ts';
import { Histogram, type Value } from './histogram.ts';

export type { MetricsOptions, MetricsSource } from '../metrics/types.ts';
export type { Value } from './histogram.ts';

/** A metric, as a registry of prom-client asks for it. */
export interface RegistryMetric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** How `AggregatorRegistry` merges those of several workers. */
  aggregator: 'sum' | 'max';
  get(): Promise<{
    name: string;
    help: string;
    type: string;
    aggregator: string;
    values: Value[];
  }>;
  reset(): void;
}

/** The members used of a prom-client registry. */
export interface Registry {
  registerMetric(metric: any): void;
  removeSingleMetric(name: string): void;
}

/** The options of `collectInto`. */
export interface CollectOptions {
  /** The prefix of the names of the histograms. Default: `sesscache`. */
  prefix?: string | undefined;
  /** Labels of the histograms. Default: none. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** As `metricsOf` takes them. */
export type Sources = readonly (readonly [source: MetricsSource, options?: MetricsOptions])[];

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Registers the metrics that `sesscache/metrics` writes for the sources, and three histograms of
 * the channels of this process: `sesscache_handshake_duration_seconds` (labels `role`, `version`,
 * `outcome`, `reason`), `sesscache_handshake_age_seconds` (of sessions that resumed; `role`), and
 * `sesscache_store_duration_seconds` (`operation`, `outcome`). Handshakes that begin afterwards are
 * observed.
 *
 * In a cluster, an AggregatorRegistry adds the workers up; of what says a state it takes the
 * largest.
 *
 * @returns a function that removes all of them.
 * @throws TypeError naming the argument that is wrong; what the registry throws, for example for a
 * name that it already has; then nothing is registered.
 *
 * @example
 * ```js
 * collectInto(register, [[cache], [attached, { prefix: 'sesscache_server' }]]);
 * ```
 */
export function collectInto(
  registry: Registry,
  sources: Sources,
  options: CollectOptions = {},
): () => void {
  const { registerMetric, removeSingleMetric } = checkRegistry(registry);
  if (!Array.isArray(sources)) {
    wrongType('sources', 'array', sources);
  }
  checkObject(options, 'options');
  const prefix = nameOf(options.prefix ?? 'sesscache');
  const labels = options.labels ?? NO_LABELS;
  const read = onceATurn(() => familiesOf(sources));
  const channels = new ChannelMetrics(prefix, labels);
  const metrics = [
    ...[...read()].map(([name, family]) => metricOf(name, family, read)),
    ...channels.metrics,
  ];
  const registered: string[] = [];
  const remove = (): void => {
    channels.stop();
    for (const name of registered.splice(0)) removeSingleMetric.call(registry, name);
  };
  try {
    for (const metric of metrics) {
      registerMetric.call(registry, metric);
      registered.push(metric.name);
    }
  } catch (error) {
    remove();
    throw error;
  }
  channels.start();
  return remove;
}

function checkRegistry(registry: Registry): Registry {
  checkObject(registry, 'registry');
  for (const name of ['registerMetric', 'removeSingleMetric'] as const) {
    checkFunction(registry[name], `registry.${name}`);
  }
  return registry;
}

/** A registry asks each metric separately, but all of them in one turn. */
function onceATurn(read: () => Families): () => Families {
  let last: Families | undefined;
  return () => {
    if (last === undefined) {
      last = read();
      setImmediate(() => (last = undefined)).unref();
    }
    return last;
  };
}

function metricOf(family: string, { type, help }: Family, read: () => Families): RegistryMetric {
  const name = type === 'counter' ? `${family}_total` : family;
  const isState = type === 'stateset';
  return makeMetric(name, help, isState ? 'gauge' : type, isState ? 'max' : 'sum', () => {
    const samples = read().get(family)?.samples ?? [];
    return samples.map(({ suffix, labels, value }): Value => {
      const isBucket = suffix === '_bucket';
      return isBucket ? { metricName: `${name}_bucket`, labels, value } : { labels, value };
    });
  });
}

function makeMetric(
  name: string,
  help: string,
  type: RegistryMetric['type'],
  aggregator: RegistryMetric['aggregator'],
  values: () => Value[],
): RegistryMetric {
  return {
    name,
    help,
    type,
    aggregator,
    // For OpenMetrics, prom-client takes `_total` off the name of a counter before it asks.
    async get() {
      return { name: this.name, help, type, aggregator, values: values() };
    },
    reset() {}, // what others count is theirs
  };
}

/** Histograms of the messages of the channels. */
class ChannelMetrics {
  readonly #durations: Histogram;
  readonly #ages: Histogram;
  readonly #stores: Histogram;
  readonly metrics: RegistryMetric[];

  constructor(prefix: string, labels: Readonly<Record<string, string>>) {
    const names = {
      durations: `${prefix}_handshake_duration_seconds`,
      ages: `${prefix}_handshake_age_seconds`,
      stores: `${prefix}_store_duration_seconds`,
    };
    const durations = new Histogram(names.durations, DURATIONS);
    const ages = new Histogram(names.ages, AGES);
    const stores = new Histogram(names.stores, STORE_DURATIONS);
    this.#durations = durations;
    this.#ages = ages;
    this.#stores = stores;
    const histogram = (name: string, help: string, of: Histogram): RegistryMetric => ({
      ...makeMetric(name, help, 'histogram', 'sum', () => of.values({ ...labels })),
      reset: () => of.reset(),
    });
    this.metrics = [
      histogram(names.durations, 'Handshakes: how long they took, and why they did not resume.', durations), // prettier-ignore
      histogram(names.ages, 'Sessions that resumed: how long ago their full handshake was.', ages),
      histogram(names.stores, 'Questions and writes to a store: how long they took.', stores),
    ];
  }

  start(): void {
    subscribe('sesscache:handshake', this.#onHandshake);
    subscribe('sesscache:store', this.#onStore);
  }

  stop(): void {
    unsubscribe('sesscache:handshake', this.#onHandshake);
    unsubscribe('sesscache:store', this.#onStore);
  }

  readonly #onHandshake = (message: unknown): void => {
    const { role, protocol, outcome, reason, duration, age } = message as HandshakeEvent;
    const labels = { role, version: protocol ?? '', outcome, reason: reason ?? '' };
    this.#durations.observe(labels, duration / 1000);
    if (age !== undefined) this.#ages.observe({ role }, age);
  };

  readonly #onStore = (message: unknown): void => {
    const { operation, outcome, duration } = message as StoreEvent;
    if (duration !== undefined) this.#stores.observe({ operation, outcome }, duration / 1000);
  };
}

// The families of the adapters' `stats()`. The names of the counters become the names of the
// metrics.

import { helpOf } from './help.ts';
import { addFamily, type Families, type Family, type Labels, snakeOf } from './text.ts';

/** Fields with a present value; all others count since the start. */
const GAUGES = new Set(['sessions', 'pending', 'queue', 'keys']);
/** Fields of counts by cause; others are by kind. */
const BY_CAUSE = /misses|dropped|refused|skipped|notStored/i;
/** Fields whose parts have units of their own: each part is a metric. */
const BY_UNIT = new Set(['queue']);
/** All states of a circuit breaker. */
const STATES = ['closed', 'open', 'probing'];
/** The field in microseconds; OpenMetrics demands seconds. */
const TIMES = 'time';

/** Adds every number in `stats`, and every string as the label of a gauge. */
export function addAttached(
  families: Families,
  prefix: string,
  labels: Labels,
  stats: Readonly<Record<string, unknown>>,
): void {
  for (const [field, value] of Object.entries(stats)) {
    const name = `${prefix}_${snakeOf(field)}`;
    if (isCount(value)) {
      addFamily(families, name, familyOf(field, [[labels, value]]));
    } else if (typeof value === 'string') {
      addFamily(families, name, stateOf(field, { ...labels, [snakeOf(field)]: value }));
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      addGroup(families, name, field, labels, value as Record<string, unknown>);
    }
  }
}

function addGroup(
  families: Families,
  name: string,
  field: string,
  labels: Labels,
  group: Readonly<Record<string, unknown>>,
): void {
  const { state, ...others } = group;
  if (typeof state === 'string') {
    // A circuit breaker: its state and its counters.
    addFamily(families, `${name}_state`, statesOf(`${name}_state`, field, labels, state));
    for (const [each, count] of Object.entries(others)) {
      if (isCount(count)) {
        addFamily(
          families,
          `${name}_${snakeOf(each)}`,
          familyOf(`${field}.${each}`, [[labels, count]]),
        );
      }
    }
    return;
  }
  if (BY_UNIT.has(field)) {
    for (const [each, count] of Object.entries(group)) {
      if (!isCount(count)) continue;
      const family: Family = {
        type: 'gauge',
        help: helpOf(`${field}.${each}`),
        samples: [{ suffix: '', labels, value: count }],
      };
      if (each === 'bytes') family.unit = 'bytes';
      addFamily(families, `${name}_${snakeOf(each)}`, family);
    }
    return;
  }
  const label = BY_CAUSE.test(field) ? 'cause' : 'kind';
  const counts = Object.entries(group)
    .filter((entry): entry is [string, number] => isCount(entry[1]))
    .map(([key, count]): [Labels, number] => [{ ...labels, [label]: key }, count]);
  if (counts.length === 0) return;
  if (field === TIMES) {
    const seconds = counts.map(([each, count]): [Labels, number] => [each, count / 1e6]);
    addFamily(families, `${name}_seconds`, { ...familyOf(field, seconds), unit: 'seconds' });
  } else {
    addFamily(families, name, familyOf(field, counts));
  }
}

function familyOf(field: string, counts: [Labels, number][]): Family {
  const isGauge = GAUGES.has(field);
  const suffix = isGauge ? '' : '_total';
  return {
    type: isGauge ? 'gauge' : 'counter',
    help: helpOf(field),
    samples: counts.map(([labels, value]) => ({ suffix, labels, value })),
  };
}

function stateOf(field: string, labels: Labels): Family {
  return { type: 'gauge', help: helpOf(field), samples: [{ suffix: '', labels, value: 1 }] };
}

/** One sample for each state, of which the present one is 1: a StateSet of OpenMetrics. */
function statesOf(name: string, field: string, labels: Labels, state: string): Family {
  const states = STATES.includes(state) ? STATES : [...STATES, state];
  return {
    type: 'stateset',
    help: helpOf(`${field}.state`),
    samples: states.map((each) => ({
      suffix: '',
      labels: { ...labels, [name]: each },
      value: Number(each === state),
    })),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

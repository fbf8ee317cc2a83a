// The families of a SessionCache.

import type { SessionCacheStats } from '../index.ts';
import { addFamily, type Families, type Family, type Labels } from './text.ts';

/** Adds the `stats()` of a cache. */
export function addCache(
  families: Families,
  prefix: string,
  labels: Labels,
  stats: SessionCacheStats,
): void {
  const add = (name: string, family: Family): void =>
    addFamily(families, `${prefix}_${name}`, family);
  const gauge = (name: string, help: string, value: number): void =>
    add(name, {
      type: 'gauge',
      help,
      ...(name.endsWith('_bytes') && { unit: 'bytes' }),
      samples: [{ suffix: '', labels, value }],
    });
  const counter = (name: string, help: string, counts: [number, Labels?][]): void =>
    add(name, {
      type: 'counter',
      help,
      samples: counts.map(([value, more]) => ({
        suffix: '_total',
        labels: { ...labels, ...more },
        value,
      })),
    });
  const byCause = (counts: Record<string, number>): [number, Labels][] =>
    Object.entries(counts).map(([cause, count]) => [count, { cause }]);

  gauge('sessions', 'Sessions in the cache.', stats.number);
  gauge('session_bytes', 'Bytes of the sessions, management included.', stats.bytes);
  gauge('memory_bytes', 'Bytes of Wasm memory in use.', stats.memory);
  gauge('reserved_bytes', 'Bytes of Wasm memory asked for.', stats.reserved);
  counter('handshakes_started', 'Handshakes begun.', [
    [stats.accept, { role: 'server', renegotiation: 'false' }],
    [stats.acceptRenegotiate, { role: 'server', renegotiation: 'true' }],
    [stats.connect, { role: 'client', renegotiation: 'false' }],
    [stats.connectRenegotiate, { role: 'client', renegotiation: 'true' }],
  ]);
  counter('handshakes_finished', 'Handshakes finished.', [
    [stats.acceptGood, { role: 'server' }],
    [stats.connectGood, { role: 'client' }],
  ]);
  counter('hits', 'Sessions resumed.', [[stats.hits]]);
  counter('callback_hits', 'Sessions that the get callback supplied.', [[stats.cbHits]]);
  counter('internal_misses', 'Ids that were not found in the cache itself.', [[stats.misses]]);
  counter('misses', 'Lookups that ended without a session.', byCause(stats.missCauses));
  counter('timeouts', 'Sessions found expired.', [[stats.timeouts]]);
  counter('cache_full', 'Sessions evicted to make room.', [[stats.cacheFull]]);
  counter('removals', 'Sessions that left the cache.', byCause(stats.removals));
  add('resumption_age_seconds', {
    type: 'histogram',
    help: 'Ages of sessions when they were resumed.',
    unit: 'seconds',
    samples: buckets(stats.resumptionAges, labels),
  });
}

/** Cumulative. Ages are whole seconds: below 2^i is at most 2^i - 1. */
function buckets(ages: readonly number[], labels: Labels): Family['samples'] {
  let value = 0;
  return ages.map((count, i) => {
    value += count;
    const le = i === ages.length - 1 ? '+Inf' : `${2 ** i - 1}.0`;
    return { suffix: '_bucket', labels: { ...labels, le }, value };
  });
}

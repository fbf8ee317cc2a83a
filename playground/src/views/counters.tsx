import type { SessionCacheStats } from 'sesscache';
import { AGO } from '../lab/history.ts';
import type { Lab } from '../lab/lab.ts';
import { Chart } from '../widgets/chart.tsx';
import { Panel } from '../widgets/panel.tsx';

/** OpenSSL's counters of SSL_CTX_sess_number(3) that a server moves. */
const COUNTERS = [
  ['number', 'number'],
  ['accept', 'accept'],
  ['acceptGood', 'accept_good'],
  ['hits', 'hits'],
  ['cbHits', 'cb_hits'],
  ['misses', 'misses'],
  ['timeouts', 'timeouts'],
  ['cacheFull', 'cache_full'],
] as const satisfies readonly (readonly [keyof SessionCacheStats, string])[];

export function CountersPanel({ lab }: { lab: Lab }) {
  void lab.tick.value;
  const stats = lab.cache.stats();
  const { full, resumed, sessions } = lab.history.columns.value;
  const share =
    stats.acceptGood === 0 ? '–' : `${Math.round((100 * stats.hits) / stats.acceptGood)} %`;
  return (
    <Panel title="Counters" aside={`resumed ${share}`}>
      <Chart
        label="Handshakes a second"
        x={AGO}
        series={[
          { name: 'full', colour: 'full', values: full },
          { name: 'resumed', colour: 'session', values: resumed },
        ]}
      />
      <Chart
        label="Sessions"
        x={AGO}
        series={[{ name: 'sessions', colour: 'accent', values: sessions }]}
      />
      <dl class="counters">
        {COUNTERS.map(([field, name]) => (
          <Figure key={field} name={name} value={stats[field]} />
        ))}
      </dl>
      <div class="causes">
        <Causes title="Misses" causes={stats.missCauses} />
        <Causes title="Removals" causes={stats.removals} />
      </div>
    </Panel>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  );
}

function Causes({ title, causes }: { title: string; causes: Record<string, number> }) {
  return (
    <div>
      <h3>{title}</h3>
      <dl class="cause-list">
        {Object.entries(causes).map(([name, count]) => (
          <div key={name} class={count === 0 ? 'zero' : ''}>
            <dt>{name}</dt>
            <dd>{count.toLocaleString('en')}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

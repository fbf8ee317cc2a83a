import { AGO } from '../lab/history.ts';
import type { Lab } from '../lab/lab.ts';
import { COUNTERS, MISS_HINTS, REMOVAL_TERMS } from '../lab/terms.ts';
import { Chart } from '../widgets/chart.tsx';
import { Panel } from '../widgets/panel.tsx';

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
        {COUNTERS.map(([field, name, meaning]) => (
          <Figure key={field} name={name} meaning={meaning} value={stats[field]} />
        ))}
      </dl>
      <div class="causes">
        <Causes title="Misses" causes={stats.missCauses} terms={MISS_HINTS} />
        <Causes title="Removals" causes={stats.removals} terms={REMOVAL_TERMS} />
      </div>
    </Panel>
  );
}

function Figure({ name, meaning, value }: { name: string; meaning: string; value: number }) {
  return (
    <div>
      <dt>
        <span class="counter-name">{name}</span> <small>{meaning}</small>
      </dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  );
}

interface CausesProps {
  title: string;
  causes: Record<string, number>;
  terms: Partial<Record<string, string>>;
}

function Causes({ title, causes, terms }: CausesProps) {
  return (
    <div>
      <h3>{title}</h3>
      <dl class="cause-list">
        {Object.entries(causes).map(([name, count]) => (
          <div key={name} class={count === 0 ? 'zero' : ''}>
            <dt>
              {name} {terms[name] !== undefined && <small>{terms[name]}</small>}
            </dt>
            <dd>{count.toLocaleString('en')}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

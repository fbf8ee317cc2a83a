import { CONTENDERS, OPERATIONS } from './workload.ts';
import type { Operation } from './workload.ts';
import type { Figures } from './worker.ts';

const NAMES: Record<Operation, string> = {
  hit: 'Look up a session that is there',
  miss: 'Look up one that is not',
  add: 'Add to a full cache',
};

/** A group of bars for each operation, as far as they have been measured. */
export function Bars({ figures }: { figures: Figures }) {
  return (
    <div class="bars">
      {OPERATIONS.map((operation) => {
        const times = CONTENDERS.map((contender) => figures[contender][operation]);
        const most = Math.max(...times.map((time) => time ?? 0), 1);
        return (
          <section key={operation} aria-label={NAMES[operation]}>
            <h3>{NAMES[operation]}</h3>
            <dl>
              {CONTENDERS.map((contender, i) => {
                const time = times[i];
                return (
                  <div key={contender} class={contender.startsWith('sesscache') ? 'ours' : ''}>
                    <dt>{contender}</dt>
                    <dd>
                      <span class="bar">
                        {time !== undefined && <i style={{ width: `${(time / most) * 100}%` }} />}
                      </span>
                      <span class="figure">
                        {time === undefined ? '–' : `${Math.round(time).toLocaleString('en')} ns`}
                      </span>
                    </dd>
                  </div>
                );
              })}
            </dl>
          </section>
        );
      })}
    </div>
  );
}

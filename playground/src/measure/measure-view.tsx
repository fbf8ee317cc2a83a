import { signal } from '@preact/signals';
import { Choice } from '../widgets/controls.tsx';
import { Panel } from '../widgets/panel.tsx';
import { Bars } from './bars.tsx';
import type { Figures, Reply, Request } from './worker.ts';

const SIZES = [
  [1000, '1,000'],
  [20_480, '20,480'],
  [100_000, '100,000'],
] as const;

const size = signal<number>(20_480);
const progress = signal<number | undefined>(undefined);
const figures = signal<Figures | undefined>(undefined);
const problem = signal<string | undefined>(undefined);
let worker: Worker | undefined;

function start(): void {
  stop();
  figures.value = undefined;
  problem.value = undefined;
  progress.value = 0;
  worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => fail(event.message || 'the worker did not start'));
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    if (data.kind === 'failed') {
      fail(data.message);
      return;
    }
    if (data.figures) figures.value = data.figures;
    if (data.kind === 'progress') progress.value = data.done / data.of;
    else stop();
  });
  worker.postMessage({ size: size.value } satisfies Request);
}

function fail(message: string): void {
  stop();
  problem.value = message;
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
  progress.value = undefined;
}

export function MeasureView() {
  const isRunning = progress.value !== undefined;
  return (
    <div class="measure-view">
      <Panel title="Lookups in this browser">
        <p class="lead">
          The cache against <code>lru-cache</code> with expiry and a plain <code>Map</code>, which
          cannot expire. Each holds the same sessions of 160 bytes and is asked for 32-byte ids.
          Shorter is better.
        </p>
        <div class="measure-controls">
          <Choice
            legend="Sessions"
            options={SIZES}
            value={size.value}
            change={(sessions) => {
              stop();
              size.value = sessions;
              figures.value = undefined;
            }}
          />
          <button type="button" class="primary" onClick={() => (isRunning ? stop() : start())}>
            {isRunning ? 'Stop' : 'Run the benchmark'}
          </button>
          <progress
            max={1}
            value={progress.value ?? 0}
            class={isRunning ? '' : 'idle'}
            aria-label="Progress of the benchmark"
          />
        </div>
        {problem.value !== undefined && (
          <p class="wrong" role="alert">
            <strong>The benchmark stopped.</strong> {problem.value}
          </p>
        )}
        {figures.value === undefined ? (
          <p class="empty">
            Nothing measured yet. It takes some seconds, and shows a bar for each.
          </p>
        ) : (
          <Bars figures={figures.value} />
        )}
        <p class="hint">
          Median of five rounds, contenders by turns, in a worker. A page cannot measure one lookup;
          what it measures is many in a row, with the other tabs of this computer at work. A lookup
          is a thousandth of a TLS handshake: what the cache is for is memory that stays small and
          collections that stay short.
        </p>
      </Panel>
    </div>
  );
}

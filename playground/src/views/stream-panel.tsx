import type { Lab } from '../lab/lab.ts';
import { RATES } from '../lab/stream.ts';
import type { Stream } from '../lab/stream.ts';
import { SPEEDS } from '../lab/clock.ts';
import { Choice } from '../widgets/controls.tsx';
import { Panel } from '../widgets/panel.tsx';

const SPEED_NAMES = { 0: 'stop', 1: '1×', 10: '10×', 60: '60×' } as const;
const SKIPS = [
  [10, '+10 s'],
  [60, '+1 min'],
  [3600, '+1 h'],
] as const;

export function StreamPanel({ lab, stream }: { lab: Lab; stream: Stream }) {
  const running = stream.isRunning.value;
  return (
    <Panel title="Handshakes" class="stream-panel">
      <div class="row">
        <button type="button" class="primary grow" onClick={() => stream.toggle()}>
          {running ? 'Pause the stream' : 'Start the stream'}
        </button>
        <button type="button" onClick={() => lab.handshakes(1)}>
          One
        </button>
      </div>
      <Choice
        legend="Handshakes a second"
        options={RATES.map((rate) => [rate, String(rate)] as const)}
        value={stream.rate.value}
        change={(rate) => (stream.rate.value = rate)}
      />
      <Choice
        legend="Speed of the clock"
        options={SPEEDS.map((speed) => [speed, SPEED_NAMES[speed]] as const)}
        value={lab.clock.speed.value}
        change={(speed) => lab.clock.setSpeed(speed)}
      />
      <div class="row" role="group" aria-label="Move the clock forward">
        {SKIPS.map(([seconds, label]) => (
          <button key={seconds} type="button" class="grow" onClick={() => lab.advance(seconds)}>
            {label}
          </button>
        ))}
      </div>
    </Panel>
  );
}

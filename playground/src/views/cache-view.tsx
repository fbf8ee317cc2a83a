import type { Lab } from '../lab/lab.ts';
import type { Stream } from '../lab/stream.ts';
import { ActionsPanel } from './actions.tsx';
import { CountersPanel } from './counters.tsx';
import { ExplainPanel } from './explain-panel.tsx';
import { LogPanel } from './log-panel.tsx';
import { MemoryPanel } from './memory-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';
import { SettingsPanel } from './settings.tsx';
import { StreamPanel } from './stream-panel.tsx';

interface Props {
  lab: Lab;
  stream: Stream;
}

export function CacheView({ lab, stream }: Props) {
  return (
    <div class="cache-view">
      <div class="column">
        <StreamPanel lab={lab} stream={stream} />
        <ActionsPanel lab={lab} />
        <SettingsPanel lab={lab} />
      </div>
      <div class="column wide">
        <ExplainPanel lab={lab} />
        <MemoryPanel lab={lab} />
        <SessionsPanel lab={lab} />
      </div>
      <div class="column">
        <CountersPanel lab={lab} />
        <LogPanel lab={lab} />
      </div>
    </div>
  );
}

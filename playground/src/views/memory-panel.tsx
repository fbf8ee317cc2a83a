import type { Lab } from '../lab/lab.ts';
import { arenaBlockAt, drawArena } from '../memory/draw-arena.ts';
import { drawExpiry } from '../memory/draw-expiry.ts';
import { drawIndex } from '../memory/draw-index.ts';
import { SLOTS } from '../../../bindings/core/abi.generated.ts';
import { readMemory } from '../memory/read.ts';
import type { BlockKind } from '../memory/read.ts';
import { Drawing } from '../widgets/drawing.tsx';
import { Panel } from '../widgets/panel.tsx';
import { selected } from './selection.ts';

const KINDS: readonly (readonly [BlockKind, string])[] = [
  ['session', 'sessions'],
  ['label', 'contexts, tags, templates'],
  ['node', 'order of expiry'],
  ['free', 'free'],
];

export function MemoryPanel({ lab }: { lab: Lab }) {
  void lab.tick.value;
  const picture = readMemory(lab.cache);
  const { number, bytes, memory } = lab.cache.stats();
  const bySerial = picture.serials;
  const address = selected.value === undefined ? undefined : bySerial.get(selected.value);
  const slots = picture.chunks.reduce((sum, used) => sum + used, 0);

  function choose(x: number, y: number, width: number): void {
    const block = arenaBlockAt(picture.blocks, x, y, width);
    const found = [...bySerial].find(([, at]) => block && at === block.address + 4);
    selected.value = found?.[0];
  }

  return (
    <Panel title="Memory" class="memory-panel" aside={`${kib(memory)} in use by the core`}>
      <h3>
        Arena
        <span class="hint">
          {' '}
          {number.toLocaleString('en')} sessions in {kib(bytes)}; each block as it lies in memory
        </span>
      </h3>
      <Drawing
        height={144}
        label={`Arena: ${KINDS.map(([kind, name]) => `${picture.totals[kind]} bytes ${name}`).join(', ')}`}
        draw={(canvas) => drawArena(canvas, picture.blocks, address)}
        hover={choose}
        leave={() => (selected.value = undefined)}
      />
      <ul class="legend">
        {KINDS.map(([kind, name]) => (
          <li key={kind}>
            <i class={`swatch ${kind}`} />
            {name} <span class="figure">{kib(picture.totals[kind])}</span>
          </li>
        ))}
      </ul>
      <div class="memory-pair">
        <div>
          <h3>
            Index
            <span class="hint">
              {' '}
              {slots} of {(picture.chunks.length * SLOTS).toLocaleString('en')} slots
            </span>
          </h3>
          <Drawing
            height={96}
            label={`Index: ${slots} slots of ${picture.chunks.length} chunks are taken`}
            draw={(canvas) => drawIndex(canvas, picture.chunks)}
          />
        </div>
        <div>
          <h3>
            Expiry <span class="hint">sessions by time left</span>
          </h3>
          <Drawing
            height={96}
            label="How many sessions expire when"
            draw={(canvas) => drawExpiry(canvas, expiries(lab), lab.clock.now())}
          />
        </div>
      </div>
    </Panel>
  );
}

function expiries(lab: Lab): number[] {
  const seconds: number[] = [];
  for (const session of lab.cache) seconds.push(Number(session.time) + Number(session.timeout));
  return seconds;
}

function kib(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}

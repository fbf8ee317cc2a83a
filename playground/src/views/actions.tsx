import { useSignal } from '@preact/signals';
import type { Lab } from '../lab/lab.ts';
import { TLS12, TLS13 } from '../lab/der.ts';
import { Choice, NumberField } from '../widgets/controls.tsx';
import { Panel } from '../widgets/panel.tsx';

/** Longest tag, in bytes; the field takes plain letters only, of one byte each. */
const TAG_MAX = 32;

export function ActionsPanel({ lab }: { lab: Lab }) {
  const protocolVersion = useSignal<number>(TLS13);
  const timeout = useSignal(120);
  const tag = useSignal('user:1');
  return (
    <Panel title="By hand">
      <Choice
        legend="Protocol version"
        options={[
          [TLS12, 'TLS 1.2'],
          [TLS13, 'TLS 1.3'],
        ]}
        value={protocolVersion.value}
        change={(version) => (protocolVersion.value = version)}
      />
      <NumberField
        label="Timeout"
        unit="s"
        value={timeout.value}
        min={1}
        max={604_800}
        change={(seconds) => (timeout.value = seconds)}
      />
      <div class="number">
        <label for="tag">Tag</label>
        <input
          id="tag"
          type="text"
          autocomplete="off"
          spellcheck={false}
          maxLength={TAG_MAX}
          value={tag.value}
          onInput={(event) => {
            tag.value = event.currentTarget.value.replaceAll(/[^\x20-\x7e]/g, '');
            event.currentTarget.value = tag.value;
          }}
        />
        <span class="unit" />
      </div>
      <div class="row">
        <button
          type="button"
          class="primary grow"
          onClick={() =>
            lab.addSession({
              protocolVersion: protocolVersion.value,
              timeout: timeout.value,
              tag: tag.value,
            })
          }
        >
          Add session
        </button>
        <button
          type="button"
          disabled={tag.value === ''}
          title={`Drop every session tagged ${tag.value}`}
          onClick={() => lab.revoke(tag.value)}
        >
          Revoke tag
        </button>
      </div>
      <div class="row">
        <button type="button" class="grow" onClick={() => lab.flush()}>
          Flush expired
        </button>
        <button type="button" class="grow" onClick={() => lab.clear()}>
          Remove all
        </button>
      </div>
    </Panel>
  );
}

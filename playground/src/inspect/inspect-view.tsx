import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Panel } from '../widgets/panel.tsx';
import { DecodedTable } from './decoded-table.tsx';
import { tls12Example, tls13Example } from './examples.ts';
import { readBytes, readText } from './read.ts';
import type { Decoded } from './read.ts';

type State =
  { kind: 'empty' } | { kind: 'wrong'; message: string } | { kind: 'decoded'; session: Decoded };

const state = signal<State>({ kind: 'empty' });
const input = signal('');
const isOver = signal(false);

/** Shows what `read` gives; the secrets of what was there before are wiped. */
function show(read: () => Decoded): void {
  forget();
  try {
    state.value = { kind: 'decoded', session: read() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    state.value = { kind: 'wrong', message };
  }
}

function forget(): void {
  if (state.value.kind === 'decoded') state.value.session.secrets.wipe();
  state.value = { kind: 'empty' };
}

function showText(text: string): void {
  input.value = text;
  if (text.trim() === '') forget();
  else show(() => readText(text));
}

async function showFile(file: File | undefined): Promise<void> {
  if (!file) return;
  input.value = '';
  const bytes = new Uint8Array(await file.arrayBuffer());
  show(() => readBytes(bytes));
  bytes.fill(0);
}

export function InspectView() {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div class="inspect-view">
      <Panel title="A session">
        <p class="lead">
          Paste what <code>openssl s_client -sess_out</code> wrote, or drop the file: PEM, DER,
          hexadecimal or base64. It is decoded here and goes nowhere.
        </p>
        <div
          class={`drop ${isOver.value ? 'over' : ''}`}
          onDragOver={(event) => {
            event.preventDefault();
            isOver.value = true;
          }}
          onDragLeave={() => (isOver.value = false)}
          onDrop={(event) => {
            event.preventDefault();
            isOver.value = false;
            void showFile(event.dataTransfer?.files[0]);
          }}
        >
          <label class="unseen" for="session-text">
            Session in PEM, hexadecimal or base64
          </label>
          <textarea
            id="session-text"
            rows={12}
            spellcheck={false}
            autocomplete="off"
            placeholder={'-----BEGIN SSL SESSION PARAMETERS-----\n…'}
            value={input.value}
            onInput={(event) => showText(event.currentTarget.value)}
          />
        </div>
        <div class="row">
          <button type="button" class="primary" onClick={() => picker.current?.click()}>
            Open a file
          </button>
          <input
            ref={picker}
            type="file"
            class="unseen"
            tabIndex={-1}
            aria-label="Session file"
            onChange={(event) => {
              void showFile(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
          <button type="button" onClick={() => showText(tls12Example())}>
            TLS 1.2 example
          </button>
          <button type="button" onClick={() => showText(tls13Example())}>
            TLS 1.3 example
          </button>
          <button type="button" onClick={() => showText('')}>
            Clear
          </button>
        </div>
      </Panel>
      <Panel title="What it holds">
        <div aria-live="polite">
          <Result state={state.value} />
        </div>
      </Panel>
    </div>
  );
}

function Result({ state: shown }: { state: State }) {
  if (shown.kind === 'decoded') return <DecodedTable session={shown.session} />;
  if (shown.kind === 'wrong') {
    return (
      <p class="wrong" role="alert">
        <strong>This is not a whole session.</strong> {shown.message}
      </p>
    );
  }
  return (
    <p class="empty">
      Nothing to show yet. Try an example, or make a session of your own:{' '}
      <code>openssl s_client -connect example.org:443 -sess_out session.pem</code>
    </p>
  );
}

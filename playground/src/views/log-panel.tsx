import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Lab } from '../lab/lab.ts';
import { Panel } from '../widgets/panel.tsx';

const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

export function LogPanel({ lab }: { lab: Lab }) {
  const list = useRef<HTMLOListElement>(null);
  const followed = useRef(true);
  const entries = lab.log.entries.value;

  // The end stays in sight, unless the person has scrolled away from it.
  useLayoutEffect(() => {
    const element = list.current;
    if (element && followed.current) element.scrollTop = element.scrollHeight;
  }, [entries]);

  return (
    <Panel
      title="Calls and callbacks"
      class="log-panel"
      aside={
        <button type="button" class="quiet" onClick={() => lab.log.clear()}>
          Clear
        </button>
      }
    >
      <ol
        class="log"
        ref={list}
        tabIndex={0}
        aria-label="Calls and callbacks, newest last"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          (followed.current = scrollHeight - scrollTop - clientHeight < 24)
        }
      >
        {entries.length === 0 && <li class="empty">Nothing yet. Callbacks stand indented.</li>}
        {entries.map(({ number, time, kind, text, result }) => (
          <li key={number} class={`log-${kind}`}>
            <time>{clockTime.format(time * 1000)}</time>
            <span class="log-text">{text}</span>
            {result !== '' && <span class="log-result">{result}</span>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

import { useRef } from 'preact/hooks';

interface Tab {
  readonly name: string;
  readonly label: string;
}

interface Props {
  tabs: readonly Tab[];
  current: string;
  choose: (name: string) => void;
}

/** Tabs as the ARIA practices have them: one is in the order of focus, arrow keys change it. */
export function Tabs({ tabs, current, choose }: Props) {
  const list = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent): void {
    const at = tabs.findIndex(({ name }) => name === current);
    const to = nextIndex(event.key, at, tabs.length);
    if (to === undefined) return;
    event.preventDefault();
    choose((tabs[to] as Tab).name);
    (list.current?.children[to] as HTMLElement | undefined)?.focus();
  }

  return (
    <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={onKeyDown}>
      {tabs.map(({ name, label }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-controls={`view-${name}`}
          aria-selected={name === current}
          tabIndex={name === current ? 0 : -1}
          onClick={() => choose(name)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function nextIndex(key: string, at: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'ArrowLeft') return (at + count - 1) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return undefined;
}

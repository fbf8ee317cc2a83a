import { signal } from '@preact/signals';
import { CacheView } from './views/cache-view.tsx';
import { LessonView } from './lesson/lesson-view.tsx';
import { InspectView } from './inspect/inspect-view.tsx';
import { MeasureView } from './measure/measure-view.tsx';
import { Lab } from './lab/lab.ts';
import { Stream } from './lab/stream.ts';
import { Tabs } from './widgets/tabs.tsx';
import { ThemeButton } from './widgets/theme.tsx';

const TABS = [
  { name: 'lesson', label: 'Lesson' },
  { name: 'cache', label: 'Cache' },
  { name: 'inspect', label: 'Session' },
  { name: 'measure', label: 'Benchmark' },
] as const;

const lab = new Lab();
const stream = new Stream(lab);
const tab = signal(readTab());

addEventListener('hashchange', () => (tab.value = readTab()));

function readTab(): string {
  const name = location.hash.slice(1);
  return TABS.some((entry) => entry.name === name) ? name : 'lesson';
}

function choose(name: string): void {
  history.replaceState(null, '', `#${name}`);
  tab.value = name;
}

export function App() {
  return (
    <>
      <header class="top">
        <h1 class="brand">
          <Mark />
          sesscache <span class="brand-more">playground</span>
        </h1>
        <Tabs tabs={TABS} current={tab.value} choose={choose} />
        <ThemeButton />
      </header>
      <main>
        {TABS.map(({ name }) => (
          <div
            key={name}
            id={`view-${name}`}
            role="tabpanel"
            aria-labelledby={`tab-${name}`}
            hidden={tab.value !== name}
          >
            {name === 'lesson' && <LessonView leave={() => choose('cache')} />}
            {name === 'cache' && <CacheView lab={lab} stream={stream} />}
            {name === 'inspect' && <InspectView />}
            {name === 'measure' && <MeasureView />}
          </div>
        ))}
      </main>
      <footer class="foot">
        Everything runs in this page: no session, key or figure leaves it.
      </footer>
    </>
  );
}

/** A little picture of a cache: slots, some of them taken. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="1" y="3" width="9" height="4.5" rx="1.2" />
      <rect x="12" y="3" width="11" height="4.5" rx="1.2" opacity=".45" />
      <rect x="1" y="9.75" width="5" height="4.5" rx="1.2" opacity=".45" />
      <rect x="8" y="9.75" width="15" height="4.5" rx="1.2" />
      <rect x="1" y="16.5" width="13" height="4.5" rx="1.2" />
      <rect x="16" y="16.5" width="7" height="4.5" rx="1.2" opacity=".25" />
    </svg>
  );
}

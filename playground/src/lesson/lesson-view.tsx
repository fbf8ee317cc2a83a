import { signal } from '@preact/signals';
import type { SessionCacheStats } from 'sesscache';
import { COUNTERS } from '../lab/terms.ts';
import { Picture } from './picture.tsx';
import { STEPS } from './steps.ts';
import type { Row, Scene, World } from './world.ts';

/** Milliseconds from one line of the picture to the next. */
const BEAT = 650;

interface Stage {
  readonly index: number;
  readonly world: World;
  readonly before: { readonly stats: SessionCacheStats; readonly rows: Row[] };
  readonly scene: Scene;
  readonly after: { readonly stats: SessionCacheStats; readonly rows: Row[] };
}

/** The whole step is run when it is chosen; the picture then shows it line by line. */
function stageOf(index: number): Stage {
  const step = STEPS[index]!;
  const world = step.make();
  const before = { stats: world.cache.stats(), rows: world.rows() };
  const scene = step.run(world);
  const after = { stats: world.cache.stats(), rows: world.rows() };
  world.cache.close();
  return { index, world, before, scene, after };
}

const stage = signal(stageOf(0));
/** Lines of the picture that are shown. It opens with the first: a client has just said hello. */
const shown = signal(1);
let timer: ReturnType<typeof setInterval> | undefined;
const isPlaying = signal(false);

function choose(index: number): void {
  halt();
  stage.value = stageOf(index);
  shown.value = 1;
}

function play(): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    finish();
    return;
  }
  isPlaying.value = true;
  timer = setInterval(() => {
    shown.value++;
    if (shown.value >= stage.value.scene.lines.length) halt();
  }, BEAT);
}

function halt(): void {
  clearInterval(timer);
  isPlaying.value = false;
}

function finish(): void {
  halt();
  shown.value = stage.value.scene.lines.length;
}

export function LessonView({ leave }: { leave: () => void }) {
  const { index, scene, before, after } = stage.value;
  const step = STEPS[index]!;
  const isOver = shown.value >= scene.lines.length;
  const next = STEPS[index + 1];
  return (
    <div class="lesson-view">
      <nav class="panel lesson-steps" aria-label="Steps">
        <ol>
          {STEPS.map(({ title }, i) => (
            <li key={title}>
              <button
                type="button"
                aria-current={i === index ? 'step' : undefined}
                onClick={() => choose(i)}
              >
                <span class="lesson-number">{i + 1}</span>
                <span class="lesson-title">{title}</span>
              </button>
            </li>
          ))}
        </ol>
        <p class="hint">
          A TLS handshake is expensive; a session cache makes the next one cheap. Six steps show
          how, and why it sometimes does not.
        </p>
      </nav>
      <section class="panel lesson-stage" aria-labelledby="lesson-title">
        <h2 id="lesson-title">
          <span class="unseen">Step {index + 1}: </span>
          {step.title}
        </h2>
        <p class="lesson-text">{isOver ? step.after : step.before}</p>
        <div class="lesson-act">
          <div class="row">
            {!isOver && (
              <button type="button" class="primary" onClick={isPlaying.value ? finish : play}>
                {isPlaying.value ? 'Skip to the end' : 'Play'}
              </button>
            )}
            {isOver && (
              <button
                type="button"
                class="primary"
                onClick={next ? () => choose(index + 1) : leave}
              >
                {next ? `Next: ${next.title.toLowerCase()}` : 'Now try it yourself'}
              </button>
            )}
            {isOver && (
              <button type="button" onClick={() => choose(index)}>
                Again
              </button>
            )}
          </div>
          <div class="lesson-result" aria-live="polite">
            {isOver ? (
              <>
                <strong class={scene.isResumed ? 'verdict resumed' : 'verdict full'}>
                  {scene.isResumed ? 'Resumed' : 'Full handshake'}
                </strong>{' '}
                {scene.reason}
              </>
            ) : (
              <span class="lesson-wait">Resumed or not? Play, and see why.</span>
            )}
          </div>
        </div>
        <Picture lines={scene.lines} shown={shown.value} hasStore={step.hasStore === true} />
      </section>
      <div class="lesson-side">
        <section class="panel" aria-labelledby="lesson-cache">
          <h2 id="lesson-cache">In the cache</h2>
          <Rows
            rows={isOver ? after.rows : before.rows}
            others={isOver ? before.rows : undefined}
          />
        </section>
        <section class="panel" aria-labelledby="lesson-counters">
          <h2 id="lesson-counters">What it counts</h2>
          <Counts before={before.stats} now={isOver ? after.stats : before.stats} />
        </section>
      </div>
    </div>
  );
}

/** What is new since `others` is marked, and what has gone is struck out. */
function Rows({ rows, others }: { rows: Row[]; others: Row[] | undefined }) {
  const gone = others?.filter(({ id }) => !rows.some((row) => row.id === id)) ?? [];
  const isNew = (id: string): boolean => others?.every((row) => row.id !== id) ?? false;
  return (
    <ul class="lesson-rows">
      {rows.map(({ id, owner, context, left }) => (
        <li key={id} class={isNew(id) ? 'new' : ''}>
          <span class="lesson-owner">{owner}</span>
          <code>{id}</code>
          <span>{context}</span>
          <span class="lesson-left">{left < 0 ? 'expired' : `${left} s left`}</span>
          {isNew(id) && <span class="lesson-mark">new</span>}
        </li>
      ))}
      {gone.map(({ id, owner, context }) => (
        <li key={id} class="gone">
          <span class="lesson-owner">{owner}</span>
          <code>{id}</code>
          <span>{context}</span>
          <span class="lesson-left">has left</span>
        </li>
      ))}
    </ul>
  );
}

function Counts({ before, now }: { before: SessionCacheStats; now: SessionCacheStats }) {
  return (
    <dl class="lesson-counts">
      {COUNTERS.map(([field, name, meaning]) => (
        <div key={field} class={before[field] === now[field] ? '' : 'changed'}>
          <dt>
            <code>{name}</code> <span>{meaning}</span>
          </dt>
          <dd>
            {now[field]}
            {before[field] !== now[field] && <span class="unseen"> was {before[field]}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

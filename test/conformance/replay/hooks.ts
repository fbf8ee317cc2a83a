// `on S remove times=2 : add S $`: operations that a script runs inside a callback.

import { Command } from './text.ts';
import type { HookRun, Trace, TraceEvent } from './trace.ts';
import type { Entry } from './registry.ts';

export type CallbackKind = 'new' | 'remove' | 'get' | 'gen';

interface Hook {
  readonly line: string;
  /** How often it is still to run; negative: without end. */
  times: number;
}

/** What hooks of both contexts share: one runs at a time, and `$` names the callback's session. */
export class HookRunner {
  readonly #trace: Trace;
  readonly #execute: (command: Command) => unknown;
  readonly #subjects: (Entry | undefined)[] = [];
  #running = false;

  constructor(trace: Trace, execute: (command: Command) => unknown) {
    this.#trace = trace;
    this.#execute = execute;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** How deep the operation lies that is running: 0 in the script, 1 in a hook. */
  get depth(): number {
    return Number(this.#running);
  }

  /** The session that `$` stands for. */
  get subject(): Entry | undefined {
    return this.#subjects.at(-1);
  }

  /** Runs what is due of `hooks` and notes it in `event`. Hooks do not run inside a hook. */
  run(hooks: readonly Hook[], event: TraceEvent, subject?: Entry): void {
    if (this.#running || hooks.every(({ times }) => times === 0)) return;
    const runs: HookRun[] = [];
    event.in = runs;
    this.#subjects.push(subject);
    this.#running = true;
    try {
      // A hook may add hooks: those run too.
      for (const hook of hooks) {
        if (hook.times !== 0) runs.push(this.#runOne(hook));
      }
    } finally {
      this.#running = false;
      this.#subjects.pop();
    }
  }

  #runOne(hook: Hook): HookRun {
    if (hook.times > 0) hook.times--;
    const cmd = Command.split(hook.line);
    const { value: ret, events: ev } = this.#trace.during(() => this.#execute(new Command(cmd)));
    return ev.length === 0 ? { cmd, ret } : { cmd, ret, ev };
  }
}

/** The hooks of one context. */
export class Hooks {
  readonly #runner: HookRunner;
  readonly #lists: Record<CallbackKind, Hook[]> = { new: [], remove: [], get: [], gen: [] };

  constructor(runner: HookRunner) {
    this.#runner = runner;
  }

  add(kind: CallbackKind, line: string, times: number): void {
    this.#lists[kind].push({ line, times });
  }

  disable(kind: CallbackKind): void {
    for (const hook of this.#lists[kind]) hook.times = 0;
  }

  run(kind: CallbackKind, event: TraceEvent, subject?: Entry): void {
    this.#runner.run(this.#lists[kind], event, subject);
  }
}

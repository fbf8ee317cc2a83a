// The events of an operation, in order, as a vector records them.

/** The result of an operation that a hook ran inside a callback. */
export interface HookRun {
  cmd: string[];
  ret: unknown;
  ev?: TraceEvent[];
}

/** One callback. Which fields it has depends on `cb`: see README.md. */
export interface TraceEvent {
  cb: string;
  in?: HookRun[];
  [field: string]: unknown;
}

/** Collects events. Those of an operation inside a hook belong to that hook, not to the whole. */
export class Trace {
  #events: TraceEvent[] = [];

  record(event: TraceEvent): TraceEvent {
    this.#events.push(event);
    return event;
  }

  /** Runs `operation` and returns what it returned beside the events that happened meanwhile. */
  during<T>(operation: () => T): { value: T; events: TraceEvent[] } {
    const outer = this.#events;
    const events: TraceEvent[] = [];
    this.#events = events;
    try {
      return { value: operation(), events };
    } finally {
      this.#events = outer;
    }
  }
}

/** `events` without `free`, which tells of reference counts: JavaScript has none to compare. */
export function withoutFrees(events: readonly TraceEvent[]): TraceEvent[] {
  return events.filter(({ cb }) => cb !== 'free').map(withoutFreesInside);
}

function withoutFreesInside(event: TraceEvent): TraceEvent {
  if (event.in === undefined) return event;
  return { ...event, in: event.in.map(hookWithoutFrees) };
}

function hookWithoutFrees({ ev = [], ...run }: HookRun): HookRun {
  const kept = withoutFrees(ev);
  return kept.length === 0 ? run : { ...run, ev: kept };
}

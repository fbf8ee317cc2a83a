// What the cache was asked and what it called back, newest last.

import { signal } from '@preact/signals';

type LogKind = 'call' | 'callback' | 'clock' | 'error';

export interface LogEntry {
  readonly number: number;
  /** Seconds since the epoch, by the clock of the laboratory. */
  readonly time: number;
  readonly kind: LogKind;
  readonly text: string;
  /** What came of it; filled in when it is known, so that callbacks stand below their call. */
  result: string;
}

const KEPT = 400;

export class Log {
  readonly entries = signal<readonly LogEntry[]>([]);
  #waiting: LogEntry[] = [];
  #number = 0;

  write(time: number, kind: LogKind, text: string, result = ''): LogEntry {
    const entry = { number: ++this.#number, time, kind, text, result };
    this.#waiting.push(entry);
    if (this.#waiting.length > KEPT) this.#waiting.shift();
    return entry;
  }

  /** Shows what was written since; once a frame is enough. */
  show(): void {
    if (this.#waiting.length === 0) return;
    this.entries.value = [...this.entries.peek(), ...this.#waiting].slice(-KEPT);
    this.#waiting = [];
  }

  clear(): void {
    this.#waiting = [];
    this.entries.value = [];
  }
}

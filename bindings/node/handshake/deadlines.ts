// Deadlines with a common delay, under one timer.

import { Alarm, uptime } from '../../alarm.ts';

/** The order in which they were set is the order in which they fall due. */
export class Deadlines {
  readonly #after: number;
  /** The function to call, and the time by `uptime`. */
  readonly #waits = new Map<() => void, number>();
  #alarm: Alarm | undefined;
  #isSet = false;

  /** @param after ms until each falls due */
  constructor(after: number) {
    this.#after = after;
  }

  /** Calls `due`, a function of its own for each deadline, unless that is ended before. */
  start(due: () => void): void {
    this.#waits.set(due, uptime() + this.#after);
    if (!this.#isSet) this.#set(this.#after);
  }

  end(due: () => void): void {
    this.#waits.delete(due); // the alarm stays: the next one that waits needs it
  }

  #set(ms: number): void {
    this.#isSet = true;
    (this.#alarm ??= new Alarm(this.#onAlarm)).set(ms);
  }

  readonly #onAlarm = (): void => {
    this.#isSet = false;
    const now = uptime();
    for (const [due, at] of this.#waits) {
      if (at > now) {
        this.#set(at - now);
        return;
      }
      this.#waits.delete(due);
      due();
    }
  };
}

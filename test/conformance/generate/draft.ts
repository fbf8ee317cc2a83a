// A script while it is written: its lines, and the labels and connections that they speak of.

import { pick, type Random } from '../../support/random.ts';
import {
  CLOCK_START,
  makeValues,
  type ScriptClock,
  type ValueOptions,
  type Values,
} from './values.ts';

export type ContextName = 'S' | 'C';

export class Draft {
  readonly random: Random;
  readonly values: Values;
  readonly lines: string[] = [];
  /** Sessions that the script has made, for either context. */
  readonly labels: Record<ContextName, string[]> = { S: [], C: [] };
  /** Names of connections that are open, and of all there have been. */
  readonly open: string[] = [];
  readonly made: string[] = [];
  readonly clock: ScriptClock = { now: CLOCK_START };
  /** Tickets hold the session themselves unless they are for single use: they must stay so. */
  onlySingleUse = false;
  #count = 0;

  constructor(random: Random, options: ValueOptions) {
    this.random = random;
    this.values = makeValues(random, this.clock, options);
  }

  write(line: string): void {
    this.lines.push(line);
  }

  number(): number {
    return ++this.#count;
  }

  chance(percent: number): boolean {
    return this.random(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return pick(this.random, choices);
  }

  /** One of the last `count`: what happened lately is what still matters. */
  recent<T>(list: readonly T[], count = 6): T {
    return this.pick(list.slice(-count));
  }

  /** What one of `choices` makes, each as often as its weight says. */
  choose<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T {
    let at = this.random(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of choices) {
      at -= weight;
      if (at < 0) return make();
    }
    throw new Error('unreachable: the weights are whole numbers');
  }
}

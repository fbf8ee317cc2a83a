// The script's external cache: what the `get` callback answers with.

import type { Entry, Registry } from './registry.ts';

interface Answer {
  readonly label: string;
  readonly copy: number;
}

export class External {
  readonly #answers = new Map<string, Answer>();

  put(id: string, label: string, copy: number): void {
    this.#answers.set(id, { label, copy });
  }

  delete(id: string): boolean {
    return this.#answers.delete(id);
  }

  /**
   * The live session put under `id`, with what `*copy` is when libssl's callback returns: it starts
   * as 1, and -1 in the script leaves it alone. JavaScript has no use for it but to print it.
   */
  find(id: string, registry: Registry): { entry: Entry; copy: number } | undefined {
    const answer = this.#answers.get(id);
    const entry = answer && registry.living(answer.label);
    if (answer === undefined || entry === undefined) return undefined;
    return { entry, copy: answer.copy < 0 ? 1 : answer.copy };
  }
}

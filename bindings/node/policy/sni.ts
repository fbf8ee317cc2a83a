// The choice of a program's SNICallback for a connection. Node calls it in full handshakes only; if
// it decides whose certificates are trusted, the adapter calls it before a session is resumed, too.

import type { TLSSocket } from 'node:tls';
import type { NativeContext, SniCallback } from '../runtime/server.ts';

type Done = Parameters<SniCallback>[1];

/** The callback's answer. */
interface Answer {
  readonly error: Error | null;
  readonly context: object | null | undefined;
}

/** One call of the callback, which several callers may wait for. */
export class SniChoice {
  readonly servername: string;
  /** The first counts; Node ends a connection whose callback answers twice. */
  readonly #answers: Answer[] = [];
  readonly #waiting: Done[] = [];

  constructor(callback: SniCallback, socket: TLSSocket, servername: string) {
    this.servername = servername;
    try {
      callback.call(socket, servername, (error, context) => this.#conclude({ error, context }));
    } catch (error) {
      this.#conclude({ error: error as Error, context: undefined });
    }
  }

  get isSettled(): boolean {
    return this.#answers.length > 0;
  }

  get error(): Error | null {
    return this.#answers[0]?.error ?? null;
  }

  /** undefined: the server's own. */
  get native(): NativeContext | undefined {
    const context = this.#answers[0]?.context ?? undefined;
    const { context: native } = (context ?? {}) as { context?: NativeContext };
    return native ?? (context as NativeContext | undefined); // as Node does
  }

  /** Calls `done` with the answer, at once if it has arrived. */
  tell(done: Done): void {
    this.#waiting.push(done);
    for (const { error, context } of this.#answers.slice()) done(error, context);
  }

  #conclude(answer: Answer): void {
    this.#answers.push(answer);
    for (const done of this.#waiting.slice()) done(answer.error, answer.context);
  }
}

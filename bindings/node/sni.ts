// What a program's SNICallback has chosen for a connection. Node asks it in full handshakes only:
// where it decides whose certificates are trusted, it is asked before a session is resumed, too.

import type { TLSSocket } from 'node:tls';
import type { NativeContext } from './secure-context.ts';
import type { SniCallback } from './server.ts';

type Done = Parameters<SniCallback>[1];

/** One question to the callback, whose answer more than one may want. */
export class SniChoice {
  readonly servername: string;
  isSettled = false;
  error: Error | null = null;
  /** undefined: the server's own. */
  native: NativeContext | undefined;
  #context: object | null | undefined;
  readonly #waiting: Done[] = [];

  constructor(callback: SniCallback, socket: TLSSocket, servername: string) {
    this.servername = servername;
    try {
      callback.call(socket, servername, (error, context) => this.#settle(error, context));
    } catch (error) {
      this.#settle(error as Error, undefined);
    }
  }

  /** Calls `done` with the answer: at once if there is one. A second answer is passed on too. */
  tell(done: Done): void {
    this.#waiting.push(done);
    if (this.isSettled) done(this.error, this.#context);
  }

  #settle(error: Error | null, context: object | null | undefined): void {
    if (!this.isSettled) {
      this.isSettled = true;
      this.error = error;
      this.#context = context;
      const { context: native } = (context ?? {}) as { context?: NativeContext };
      this.native = native ?? (context as NativeContext | undefined) ?? undefined; // as Node does
    }
    for (const done of this.#waiting) done(error, context);
  }
}

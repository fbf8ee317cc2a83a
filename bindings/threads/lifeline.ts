// How a thread learns that another has ended: a channel between the two (platform.ts).

import { isCut, MessageChannel, takeEnd, watchEnd } from './platform.ts';
import type { MessagePort } from './port.ts';

/** Ports whose other end may be in a living thread. The set keeps them from being collected. */
const ports = new Set<MessagePort>();

export class Lifeline {
  /** The end that is transferred to the other thread. */
  readonly far: MessagePort;
  readonly #near: MessagePort;

  private constructor(near: MessagePort, far: MessagePort) {
    this.#near = near;
    this.far = far;
  }

  static make(): Lifeline {
    const { port1, port2 } = new MessageChannel();
    return new Lifeline(port1, port2);
  }

  /**
   * The other end, in the thread that it was transferred to.
   *
   * @throws DataCloneError, in Node, if it was not transferred or was used before.
   */
  static take(port: MessagePort): Lifeline {
    const near = takeEnd(port);
    return new Lifeline(near, near);
  }

  /** Calls `onEnd` once, when the thread at the other end has ended. */
  watch(onEnd: () => void): void {
    const port = this.#near;
    ports.add(port);
    watchEnd(port, () => {
      ports.delete(port);
      onEnd();
    });
  }

  close(): void {
    this.#near.close();
  }

  /** Whether the thread at the other end has ended. In browsers only `watch` tells this. */
  get isCut(): boolean {
    return isCut(this.#near);
  }
}

// What threads need of their host, in Node. In browsers: platform.web.ts.
//
// A thread has ended when the other end of a port that was given to it has closed: Node closes it
// after the thread's last code has run. The thread's end is moved where the program cannot reach
// it, so that it does not close before.

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  threadId,
} from 'node:worker_threads';

export type { MessagePort } from 'node:worker_threads';
export { warn } from '../telemetry/warn.ts';

/** Number of this thread: `threadId` of node:worker_threads. */
export const thisThread: number = threadId;

/** Whether this thread may sleep. */
export function canSleep(): boolean {
  return true;
}

/** Whether memory can be shared at all. */
export function canShare(): boolean {
  return true;
}

export function decodeHex(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Ports whose other end may be in a living thread: one that is watched is not collected. */
const ports = new Set<MessagePort>();

export class Lifeline {
  /** To be transferred to the other thread. */
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
   * The other end, in the thread that it was transferred to. Throws if it was not, or was used.
   *
   * @throws DataCloneError
   */
  static take(port: MessagePort): Lifeline {
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(port, [port]); // moves it to this very thread
      const received = receiveMessageOnPort(port2) as { message: MessagePort } | undefined;
      return new Lifeline(received!.message, received!.message);
    } finally {
      port1.close();
    }
  }

  /** Calls `onEnd` once, when the thread at the other end has ended. */
  watch(onEnd: () => void): void {
    const port = this.#near;
    ports.add(port);
    port.on('message', () => {}); // a port without a listener does not notice
    port.unref();
    port.on('close', () => {
      ports.delete(port);
      onEnd();
    });
  }

  close(): void {
    this.#near.close();
  }

  /**
   * Whether the thread at the other end has ended, even if no event has said so yet: this thread
   * may be waiting for that one. A port that has been told that its other end is gone cannot be
   * transferred, which is checked before the transfer. One that is open stays, because a function
   * cannot be sent.
   */
  get isCut(): boolean {
    const port = this.#near;
    receiveMessageOnPort(port); // nothing is ever sent but that
    const { port1 } = new MessageChannel();
    try {
      port1.postMessage(() => {}, [port]);
      return false;
    } catch (error) {
      return error instanceof Error && error.message.includes('detached');
    } finally {
      port1.close();
    }
  }
}

// What threads need from their host, in Node. In browsers: platform.web.ts.
//
// A thread has ended when the other end of a port that was given to it has closed: Node closes it
// after the thread's last code has run.

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  threadId,
} from 'node:worker_threads';

export { MessageChannel, type MessagePort } from 'node:worker_threads';
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

/**
 * The end of a channel that was transferred to this thread, moved so that no other code can close
 * it.
 *
 * @throws DataCloneError
 */
export function takeEnd(port: MessagePort): MessagePort {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(port, [port]); // moves it to this very thread
    const received = receiveMessageOnPort(port2) as { message: MessagePort } | undefined;
    return received!.message;
  } finally {
    port1.close();
  }
}

/** Calls `onEnd` once, when the thread at the other end of a channel has ended. */
export function watchEnd(port: MessagePort, onEnd: () => void): void {
  port.on('message', () => {}); // a port without a listener does not notice the end
  port.unref();
  port.on('close', onEnd);
}

/**
 * Whether the thread at the other end of a channel has ended, even if no event has said so yet:
 * this thread may be waiting for that one. A port whose other end is gone cannot be transferred,
 * which is checked first. An open port stays here all the same, because a function cannot be sent.
 */
export function isCut(port: MessagePort): boolean {
  receiveMessageOnPort(port); // no other message is ever sent
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

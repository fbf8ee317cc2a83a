// What threads need from their host, in browsers.
//
// A worker holds a lock of the Web Locks API for as long as it lives, under a name that only
// threads of the same cache know. When the worker has ended, the browser gives the lock to the next
// thread that has asked for it. (Ports do not help: not all browsers have the event `close`, and a
// port may be collected.)

export const { MessageChannel } = globalThis;

/** Threads of a page have no numbers. */
export const thisThread: number = crypto.getRandomValues(new Uint32Array(1))[0]!;

/** Whether this thread may sleep: the main thread of a page may not. */
export function canSleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}

/** Whether memory can be shared: only where the page is isolated from other origins. */
export function canShare(): boolean {
  return crossOriginIsolated;
}

export function decodeHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Writes a warning to the console. */
export function warn(code: string, message: string): void {
  console.warn(`${code}: ${message}`);
}

/** In quotes: the engine has a method of this name, which is shortened (scripts/variants.js). */
const lifeLocks = {
  request: (name: string, held: () => unknown): Promise<unknown> =>
    navigator['locks'].request(name, held),
};

/** The end of a channel that was given to this thread, which sends the name of its lock over it. */
export function takeEnd(port: MessagePort): MessagePort {
  const name = `sesscache ${crypto.randomUUID()}`;
  void lifeLocks.request(name, () => {
    port.postMessage(name);
    return new Promise(() => {}); // until this thread ends
  });
  return port;
}

/** Calls `onEnd` once, when the thread at the other end of a channel has ended. */
export function watchEnd(port: MessagePort, onEnd: () => void): void {
  port.addEventListener('message', ({ data }) => {
    void lifeLocks.request(String(data), onEnd);
  });
  port.start();
}

/** Never known before the event. */
export function isCut(_port: MessagePort): boolean {
  return false;
}

// What threads need of their host, in browsers.
//
// A worker holds a lock of the Web Locks API for as long as it lives, under a name that only those
// who share the cache know. When it has ended the browser gives the lock to whoever asked next.
// (Ports tell nothing: not all browsers have the event `close`, and a port may be collected.)

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

/** Ports that are watched: they must not be collected. */
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

  /** In the thread that was given the other end. Says by that port what its lock is. */
  static take(port: MessagePort): Lifeline {
    const name = `sesscache ${crypto.randomUUID()}`;
    void lifeLocks.request(name, () => {
      port.postMessage(name);
      return new Promise(() => {}); // until this thread ends
    });
    return new Lifeline(port, port);
  }

  /** Calls `onEnd` once, when the thread at the other end has ended. */
  watch(onEnd: () => void): void {
    const port = this.#near;
    ports.add(port);
    port.addEventListener('message', ({ data }) => {
      void lifeLocks.request(String(data), () => {
        ports.delete(port);
        onEnd();
      });
    });
    port.start();
  }

  close(): void {
    this.#near.close();
  }

  /** Not known before the event. */
  get isCut(): boolean {
    return false;
  }
}

// Observes the TLS sockets of a server when they are made, whichever code makes them: Node's own
// listener for connections, a library that kept this listener and calls it later, or a program that
// upgrades a socket with `new TLSSocket(socket, { isServer: true, server })`. Node emits no event
// then, and its later events do not say which socket they are about.

/* oxlint-disable no-underscore-dangle -- the name is Node's */

import { TLSSocket } from 'node:tls';
import type { BelowSocket, NodeTlsSocket } from './internals.ts';
import { observerBeside } from './neighbours.ts';

/**
 * Called with a socket that has read nothing yet, and the stream under it. Must not throw: a
 * constructor calls it.
 */
export type SocketObserver = (socket: NodeTlsSocket, below?: BelowSocket) => void;

/**
 * The property of a server that holds its observer. All copies of this package in a process have
 * the one symbol, so that none of them replaces Node's method a second time.
 */
const OBSERVER = Symbol.for('sesscache.tlsSocketObserver');

interface Observed {
  [OBSERVER]?: SocketObserver | undefined;
}

const prototype = TLSSocket.prototype as NodeTlsSocket & Observed;

/** Whether a server has an observer, also one of another copy of this package. */
export function isObserved(server: object): boolean {
  return (server as Observed)[OBSERVER] !== undefined;
}

const here = new WeakSet<object>();

/** Whether this copy of the package has set the observer. */
export function isObservedHere(server: object): boolean {
  return here.has(server);
}

/**
 * Calls `observer` for each socket that is made for `server`, until the returned function is
 * called.
 *
 * @throws TypeError where a runtime has no such sockets
 */
export function observeSockets(server: object, observer: SocketObserver): () => void {
  extendConstructor();
  // Configurable, for it is deleted again; not enumerable, for programs print servers.
  Object.defineProperty(server, OBSERVER, { value: observer, configurable: true });
  here.add(server);
  return () => {
    delete (server as Observed)[OBSERVER];
    here.delete(server);
  };
}

/**
 * Node's constructor calls `_init` for every TLS socket. For clients the addition costs the look at
 * one property, for servers without an observer at two; it stays when the last server has been
 * detached.
 */
function extendConstructor(): void {
  if (OBSERVER in prototype._init) return;
  const { _init } = prototype;
  prototype._init = Object.assign(
    function (this: NodeTlsSocket, socket?: unknown, wrap?: unknown): void {
      _init.call(this, socket, wrap);
      const { server } = this as { server?: Observed };
      if (server)
        (server[OBSERVER] ?? observerBeside(server))?.(this, socket as BelowSocket | undefined);
    },
    { [OBSERVER]: true },
  );
}

// Sees the TLS sockets of a server when they are made, whoever makes them: Node's own listener for
// connections, a library that kept this listener and calls it later, or a program that upgrades a
// socket by `new TLSSocket(socket, { isServer: true, server })`. Node emits no event then, and what it
// emits later does not say which socket it is about.

/* oxlint-disable no-underscore-dangle -- the name is Node's */

import { TLSSocket } from 'node:tls';
import type { NodeTlsSocket } from './internals.ts';

/** Called with a socket that has read nothing yet. Must not throw: it is called by a constructor. */
export type SocketObserver = (socket: NodeTlsSocket) => void;

/**
 * The property of a server that holds its observer. All copies of this package in a process have the
 * one symbol, so that none of them replaces Node's method a second time.
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

/** Calls `observer` for each socket that is made in the name of `server`, until it is called back. */
export function observeSockets(server: object, observer: SocketObserver): () => void {
  extendConstructor();
  // Configurable, for it is deleted again; not enumerable, for programs print servers.
  Object.defineProperty(server, OBSERVER, { value: observer, configurable: true });
  return () => delete (server as Observed)[OBSERVER];
}

/**
 * Node's constructor calls `_init` for every TLS socket. For those of other servers, and of clients,
 * the addition costs the look at one property; it stays when the last server has been detached.
 */
function extendConstructor(): void {
  if (OBSERVER in prototype._init) return;
  const { _init } = prototype;
  prototype._init = Object.assign(
    function (this: NodeTlsSocket, socket?: unknown, wrap?: unknown): void {
      _init.call(this, socket, wrap);
      const observer = (this.server as Observed | undefined)?.[OBSERVER];
      if (observer !== undefined) observer(this);
    },
    { [OBSERVER]: true },
  );
}

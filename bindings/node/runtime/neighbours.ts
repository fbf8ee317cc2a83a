// Servers that a framework makes besides the one that the program attaches a cache to: fastify
// listens on each address of `localhost` with a separate server.

import type { EventEmitter } from 'node:events';
import { Server } from 'node:net';
import type { SocketObserver } from './tls-sockets.ts';

interface Attached {
  readonly server: Server;
  /** Called with each socket of a server beside it. */
  readonly observer: SocketObserver;
}

const attached = new Set<WeakRef<Attached>>();
/** The observer found for a server; null if it is no neighbour of another. */
let known = new WeakMap<object, SocketObserver | null>();

/**
 * Calls `observer` with sockets of the neighbours of `server`, until the returned function is
 * called.
 */
export function observeNeighbours(server: Server, observer: SocketObserver): () => void {
  const entry: Attached = { server, observer };
  const reference = new WeakRef(entry);
  attached.add(reference);
  known = new WeakMap();
  return () => {
    attached.delete(reference);
    known = new WeakMap();
    void entry; // which lives as long as this function
  };
}

/** The observer of the server whose neighbour `server` is. */
export function observerBeside(server: object): SocketObserver | undefined {
  if (attached.size === 0) return undefined;
  let found = known.get(server);
  if (found === undefined) {
    found = findBeside(server) ?? null;
    known.set(server, found);
  }
  return found ?? undefined;
}

function findBeside(server: object): SocketObserver | undefined {
  if (!(server instanceof Server)) return undefined;
  for (const reference of attached) {
    const entry = reference.deref();
    if (entry === undefined) attached.delete(reference);
    else if (isBeside(server, entry.server)) return entry.observer;
  }
  return undefined;
}

/** Two servers of one program: the same port, and the same function for requests. */
function isBeside(one: Server, other: Server): boolean {
  const port = portOf(one);
  if (port === undefined || port !== portOf(other)) return false;
  const handlers = new Set((other as EventEmitter).listeners('request'));
  return (one as EventEmitter).listeners('request').some((handler) => handlers.has(handler));
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

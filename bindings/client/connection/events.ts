// The `session` events of a connection, and their Buffers. Each Buffer contains a master secret,
// which stays in freed memory until that is used again, unless it is overwritten.

import type { TLSSocket } from 'node:tls';

/** The native half of a socket, as far as it is used here; all of it may be missing. */
interface Handle {
  onnewsession?: ((this: unknown, id: Uint8Array, session: Uint8Array) => unknown) | undefined;
  setSession?: ((this: unknown, session: Uint8Array) => unknown) | undefined;
}

/** Other events that concern the sessions of a connection. */
interface SessionWatch {
  /** Node has made a new handle, which has no session to offer. */
  renewed(): void;
  /** The program has set a session on the socket, or Bun has set the offered one. */
  replaced(session: unknown): void;
}

/**
 * Calls `store` with each session of a connection. Afterwards the event's Buffer is overwritten,
 * unless another listener has received it or will receive it: all listeners get the same one. Call
 * this as soon as the socket exists.
 *
 * @param store copies what it needs
 */
export function listenForSessions(
  socket: TLSSocket,
  store: (session: Buffer) => void,
  watch?: SessionWatch,
): void {
  let isOurs = socket.listenerCount('session') === 0;
  /** The Buffer that the event's Buffer was copied from, if it was. */
  const originals: Uint8Array[] = [];
  const listener = (session: Buffer): void => {
    store(session);
    for (const original of originals.splice(0)) {
      if (original.buffer !== session.buffer) original.fill(0);
    }
    if (isOurs && !Object.hasOwn(socket, 'emit')) session.fill(0);
  };
  socket.on('session', listener);
  let handle = handleOf(socket);
  noteOriginals(handle, originals);
  noteReplacement(handle, watch);
  // For each further address that it tries, Node makes a new handle, and learns from the event
  // `newListener` alone that a listener was added.
  socket.on('connectionAttempt', () => {
    if (handleOf(socket) === handle) return;
    handle = handleOf(socket);
    noteOriginals(handle, originals);
    socket.off('session', listener).on('session', listener);
    watch?.renewed();
    noteReplacement(handle, watch);
  });
  // Listeners that were added are remembered, because one added by `once` is gone after it received
  // the Buffer. This comes last, because it is called for each listener that is added from here on.
  socket.on('newListener', (event: unknown, added: unknown) => {
    if (event === 'session' && added !== listener) isOurs = false;
  });
}

/**
 * Node 22.23, 24.17, 26 and later put a name before each session. The event has a copy; the
 * original is visible to no code, and is freed without being overwritten.
 */
function noteOriginals(handle: Handle | undefined, originals: Uint8Array[]): void {
  const report = handle?.onnewsession;
  if (handle === undefined || typeof report !== 'function') return;
  handle.onnewsession = function onnewsession(id, session) {
    if (ArrayBuffer.isView(session)) originals.push(session);
    return report.call(this, id, session);
  };
}

/**
 * Node has set the option `session` before: a call that comes here is one of the program. Bun sets
 * the option here, too.
 */
function noteReplacement(handle: Handle | undefined, watch: SessionWatch | undefined): void {
  const set = handle?.setSession;
  if (watch === undefined || handle === undefined || typeof set !== 'function') return;
  handle.setSession = function setSession(session) {
    watch.replaced(session);
    return set.call(this, session);
  };
}

function handleOf(socket: TLSSocket): Handle | undefined {
  const { _handle: handle } = socket as { _handle?: Handle | null };
  return handle ?? undefined;
}

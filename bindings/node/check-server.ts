// Rejects objects to which a cache cannot be attached, with an error that says what to do.

import { EventEmitter } from 'node:events';
import { Server as NetServer } from 'node:net';
import { Server } from 'node:tls';
import { describe } from '../checks.ts';
import { AttachError } from './errors.ts';
import { missingInRuntime } from './runtime/probe.ts';
import type { TlsServer } from './runtime/server.ts';
import { isObserved, isObservedHere } from './runtime/tls-sockets.ts';

/**
 * @throws TypeError if it is no TLS server of Node
 * @throws AttachError if it cannot have a cache for another reason
 */
export function checkServer(server: unknown): TlsServer {
  // Also in runtimes whose servers have another class.
  if (server instanceof EventEmitter && missingInRuntime() === 'events') {
    throw new AttachError(
      'ERR_SESSCACHE_RUNTIME',
      'the TLS of this runtime does not ask for sessions of a server: use tickets, or run on Node',
    );
  }
  if (!(server instanceof Server)) {
    throw new TypeError(
      `"server" expected tls, https or secure http2 server, got ${describe(server)}${hintFor(server)}`,
    );
  }
  if (isObserved(server)) {
    const whose = isObservedHere(server) ? '' : ' by another copy of sesscache in this process';
    throw new AttachError(
      'ERR_SESSCACHE_ATTACHED',
      `the server has been given a cache${whose}: detach that first`,
    );
  }
  if (server.listenerCount('resumeSession') > 0) {
    throw new AttachError(
      'ERR_SESSCACHE_LISTENERS',
      'the server has a "resumeSession" listener, and two answers end a connection: remove it',
    );
  }
  return server as TlsServer;
}

/** The advice for objects that a framework calls a server. */
function hintFor(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const { server } = value as { server?: unknown };
  if (server instanceof Server) return ': pass its property "server"';
  if (!(value instanceof NetServer) && !(server instanceof NetServer)) return '';
  return (
    ', which has no TLS or makes its TLS sockets itself: attach to a tls.Server before it, that hands ' +
    "on its connections by emit('connection', socket)"
  );
}
